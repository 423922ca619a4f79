import type { enrolTexts as english } from "../en/enrol.ts";
import type { Translation } from "../translation.ts";

export const enrolTexts: Translation<typeof english> = {
  "enrol.description":
    "đăng ký thiết bị này với đơn vị phát: thiết bị tự tạo khóa, khóa không rời khỏi nó, và nhận gói đã ký",
  "enrol.option.voucher": "phiếu mà đơn vị phát đã tạo cho đúng thiết bị này; gói được lấy qua mạng",
  "enrol.option.enrolment": "nơi đặt thư mục cấp",
  "enrol.examples": [
    "  loa enrol --voucher loa1:...                       # qua mạng",
    "  loa enrol request --out /media/usb                 # bằng USB: mang yêu cầu đi",
    "  loa enrol install /media/usb/loa-bundle-ID.json    # và mang gói về",
  ].join("\n"),
  "enrol.request.description": "tạo khóa của thiết bị và ghi yêu cầu để đơn vị phát ký",
  "enrol.request.option.out": "thư mục ghi yêu cầu, ví dụ một USB",
  "enrol.request.made": [
    "Mang {path} đến đơn vị phát. Ở đó: loa desk enrol {file} --commune AREA --zones z1",
    "Số sê-ri của phần cứng này: {serial}   khóa: {kid}",
    "{qr}",
  ].join("\n"),
  "enrol.install.description": "đối chiếu gói với khóa và phần cứng của thiết bị, rồi đặt vào chỗ",
  "enrol.install.argument": "tệp do đơn vị phát cấp",
  "enrol.installed": [
    "Thiết bị này là cụm thu phát thanh {gateway}, trên phần cứng {serial}. Thư mục cấp: {folder}",
    "Hỏi đơn vị phát dấu vân tay của khóa gốc. Nó phải là: {root}",
    "Khởi động: loa run --profile NAME --enrolment {folder}",
    "{qr}",
  ].join("\n"),
  "enrol.unbound": "Máy này không có số sê-ri: không có gì ràng buộc việc cấp với nó. Chỉ dùng để thử.",

  "enrol.nothing.message": "`loa enrol` cần biết đăng ký bằng cách nào",
  "enrol.nothing.hint": "Dùng --voucher, hoặc `loa enrol request` và `loa enrol install` với USB.",
  "enrol.voucher.message": "đây không phải là phiếu",
  "enrol.voucher.hint": "Chép trọn dòng bắt đầu bằng loa1: hoặc quét lại mã QR.",
  "enrol.voucherOther.message": "phiếu dành cho phần cứng {expected}, còn đây là {serial}",
  "enrol.voucherOther.hint":
    "Lấy đúng phiếu của thiết bị này, hoặc nhờ đơn vị phát tạo: loa desk voucher --serial {serial}",
  "enrol.write.message": "không ghi được {path}: {reason}",
  "enrol.write.hint": "Kiểm tra USB đã cắm, đã gắn và không bị khóa ghi.",
  "enrol.read.message": "{path} không phải là gói: {reason}",
  "enrol.read.hint": "Đưa tệp mà `loa desk enrol` đã ghi (loa-bundle-....json).",
  "enrol.noKeys.message": "thiết bị này chưa yêu cầu gì",
  "enrol.noKeys.hint": "Chạy `loa enrol request` trước rồi mang yêu cầu đến đơn vị phát.",
  "enrol.otherBundle.message": "gói của cụm thu phát thanh {gateway} không dành cho thiết bị này: {reason}",
  "enrol.otherBundle.hint":
    "Chưa có gì thay đổi. Lấy gói trả lời yêu cầu mới nhất của thiết bị, hoặc yêu cầu lại: loa enrol request",
  "enrol.unreachable.message": "không dùng được dịch vụ của đơn vị phát ở {address}: {reason}",
  "enrol.unreachable.hint":
    "Kiểm tra mạng và địa chỉ. Nếu CA khác trả lời, có kẻ đứng giữa: hãy dùng USB (loa enrol request).",
  "enrol.refused.unknown.message": "đơn vị phát không biết phiếu này cho cụm thu phát thanh {gateway}",
  "enrol.refused.unknown.hint": "Đọc lại phiếu từng chữ, hoặc nhờ tạo phiếu mới.",
  "enrol.refused.expired.message": "phiếu cho cụm thu phát thanh {gateway} đã hết hạn",
  "enrol.refused.expired.hint": "Phiếu có hiệu lực 72 giờ. Nhờ tạo phiếu mới: loa desk voucher",
  "enrol.refused.used.message": "phiếu cho cụm thu phát thanh {gateway} đã được một khóa khác dùng",
  "enrol.refused.used.hint":
    "Nếu không phải thiết bị này, báo ngay cho đơn vị phát: có kẻ khác mang tên thiết bị. Nhờ tạo phiếu mới.",
  "enrol.refused.serial.message": "phiếu cho cụm thu phát thanh {gateway} là của thiết bị khác",
  "enrol.refused.serial.hint": "Đối chiếu số sê-ri và lấy đúng phiếu của thiết bị này.",
  "enrol.refused.tooOften.message": "đơn vị phát nhận quá nhiều yêu cầu từ đây",
  "enrol.refused.tooOften.hint": "Chờ một phút rồi thử lại.",
  "enrol.refused.request.message": "đơn vị phát không đọc được yêu cầu của cụm thu phát thanh {gateway}",
  "enrol.refused.request.hint": "Đưa phần mềm ở hai bên về cùng phiên bản rồi thử lại.",

  "desk.request.bad.message": "không nhận được yêu cầu: {reason}",
  "desk.request.bad.hint": "Lấy lại từ thiết bị (loa enrol request); chưa ký gì.",
  "desk.request.otherBox.message": "yêu cầu từ phần cứng {serial}, còn vị trí dành cho {expected}",
  "desk.request.otherBox.hint": "Chưa ký gì. Đối chiếu số sê-ri trên thiết bị.",
  "desk.enrol.description": "ký vị trí và chứng thư cho thiết bị đã tự tạo khóa, từ tệp yêu cầu của nó",
  "desk.enrol.argument": "tệp mà `loa enrol request` đã ghi",
  "desk.enrol.option.serial": "số sê-ri phải có trong đó, đọc từ nhãn thiết bị",
  "desk.enrol.option.out": "thư mục ghi gói (mặc định: cạnh tệp yêu cầu)",
  "desk.enrol.examples":
    "  loa desk enrol /media/usb/loa-request-10000000a1b2c3d4.json --commune xa-hoa-binh --zones z1,z2=market",
  "desk.enrol.made": [
    "Cụm thu phát thanh {gateway} trên phần cứng {serial} đã được cấp ở {commune} với {zones}.",
    "Mang {path} về thiết bị đó. Ở đó: loa enrol install {file}",
    "Dấu vân tay của khóa gốc, để đối chiếu ở đó: {root}",
    "{qr}",
  ].join("\n"),
  "desk.voucher.description":
    "tạo phiếu: một thiết bị, nhận ra bằng số sê-ri, lấy gói của nó qua mạng trong vòng 72 giờ",
  "desk.voucher.option.serial": "số sê-ri của phần cứng",
  "desk.voucher.option.at": "HOST:PORT của dịch vụ đăng ký (loa desk serve --enrol HOST:PORT)",
  "desk.voucher.examples":
    "  loa desk voucher --serial 10000000a1b2c3d4 --commune xa-hoa-binh --zones z1 --at enrol.example.org:8443",
  "desk.voucher.made": [
    "Cụm thu phát thanh {gateway} cho phần cứng {serial} ở {commune}. Dùng một lần, đến {until}, chỉ cho thiết bị đó:",
    "{voucher}",
    "Dấu vân tay của khóa gốc, để đối chiếu ở đó: {root}",
    "{qr}",
  ].join("\n"),
  "desk.voucher.address.message": "{text} không phải là địa chỉ dịch vụ",
  "desk.voucher.address.hint": "Viết theo dạng HOST:PORT, ví dụ enrol.example.org:8443.",
  "desk.serve.option.enrol": "trả lời các thiết bị đưa phiếu, ở HOST:PORT như phiếu ghi",
  "desk.serve.enrolmentOpen": "thiết bị có phiếu được trả lời ở {address}",
  "desk.serve.enrolled": "{gateway}: đã đăng ký trên phần cứng {serial}",
  "desk.serve.enrolmentRefused": "từ chối một lần đăng ký ({code}), cụm thu phát thanh {gateway}, từ {from}",
};
