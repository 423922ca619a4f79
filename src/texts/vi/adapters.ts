import type { adapterTexts as english } from "../en/adapters.ts";
import type { Translation } from "../translation.ts";

export const adapterTexts: Translation<typeof english> = {
  "failure.brokerUrl.message": "{url} không phải là địa chỉ máy chủ MQTT",
  "failure.brokerUrl.hint": "Viết theo dạng mqtts://máy:cổng.",
  "failure.brokerIdentity.message": "{url} đòi TLS nhưng không có chứng thư để xuất trình",
  "failure.brokerIdentity.hint":
    "Chạy với thư mục cấp cho thiết bị, trong đó có tls-cert.pem, tls-key.pem và broker-ca.pem.",
  "link.distrust.foreign": "chứng thư của máy chủ MQTT không do CA trong thư mục cấp phát hành ({code})",
  "link.distrust.selfSigned": "chứng thư của máy chủ MQTT tự ký cho chính nó ({code})",
  "link.distrust.expired": "chứng thư của máy chủ MQTT, hoặc CA đứng sau nó, đã hết hạn ({code})",
  "link.distrust.early": "chứng thư của máy chủ MQTT chưa có hiệu lực: có thể đồng hồ sai ({code})",
  "link.distrust.otherName": "chứng thư của máy chủ MQTT cấp cho tên khác ({code})",
  "link.distrust.purpose": "chứng thư này không phải của máy chủ MQTT ({code})",
  "link.distrust.oldTls": "máy chủ MQTT không dùng TLS 1.3 ({code})",
  "link.distrust.refusesUs": "máy chủ MQTT không chấp nhận chứng thư của thiết bị này ({code})",
  "link.distrust.other": "nơi trả lời không phải máy chủ MQTT mà thiết bị này biết ({code})",
  "failure.subscribeRefused.message": "Máy chủ MQTT từ chối đăng ký {filter} ({reason})",
  "failure.subscribeRefused.hint": "Kiểm tra danh sách quyền trên máy chủ cho thiết bị này.",
  "failure.linkDown.message": "Chưa có kết nối tới máy chủ MQTT",
  "failure.linkDown.hint": "Đang tự kết nối lại; xem nguyên nhân trong nhật ký hệ thống.",
  "failure.keyFile.message": "Không dùng được tệp khóa {path}: {reason}",
  "failure.keyFile.hint": "Chép lại đúng tệp khóa, hoặc xin tạo và ký khóa mới.",
  "failure.keyFile.notPem": "tệp không chứa khóa riêng ở dạng PEM",
  "failure.keyFile.notEd25519": "khóa thuộc loại {type}, không phải ed25519",
  "failure.keyFileOpen.message": "Người khác đọc được tệp khóa {path} (quyền {mode})",
  "failure.keyFileOpen.hint": "Chạy: chmod 600 {path}. Nếu có thể đã bị đọc trộm, hãy xin khóa mới.",
  "failure.statusSocketTaken.message": "Đã có một phần mềm loa khác đang chạy: nó trả lời ở {path}",
  "failure.statusSocketTaken.hint": "Dừng phần mềm kia trước, hoặc cho phần mềm này thư mục khác.",
  "failure.statusSocket.message": "Không mở được ổ cắm trạng thái {path}: {reason}",
  "failure.statusSocket.hint": "Kiểm tra thư mục của nó có tồn tại và thuộc người dùng chạy phần mềm hay không.",
  "failure.agentUnreachable.message": "Phần mềm loa không trả lời ở {path}: {reason}",
  "failure.agentUnreachable.late": "không trả lời trong {withinMs} ms",
  "failure.agentUnreachable.garbled": "câu trả lời không phải JSON",
  "failure.agentUnreachable.hungUp": "kết nối bị ngắt giữa chừng",
  "failure.agentUnreachable.hint":
    "Kiểm tra phần mềm có đang chạy (systemctl status loa) và bạn có thuộc nhóm của nó hay không.",
};
