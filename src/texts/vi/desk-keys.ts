import type { deskKeyTexts as english } from "../en/desk-keys.ts";
import type { Translation } from "../translation.ts";

export const deskKeyTexts: Translation<typeof english> = {
  "desk.name.holder.message": "{text} không dùng được làm tên người giữ khóa",
  "desk.name.holder.hint": "Tên là một dòng từ 1 đến 100 ký tự, ví dụ 'Nguyễn Thị Lan'.",
  "desk.name.serial.message": "{text} không phải là số sê-ri của thiết bị",
  "desk.name.serial.hint":
    "Gồm 1 đến 64 chữ, số, dấu chấm, hai chấm, gạch nối, như thiết bị hiện ra: loa enrol request",
  "desk.holder.unknown.message": "ở đây {holder} không giữ khóa nào của {name}",
  "desk.holder.unknown.hint":
    "Người giữ khóa của {name}: {holders}. Hoặc tạo khóa: loa desk issuer {name} --holder TÊN ...",
  "desk.holder.which.message": "nhiều người giữ khóa của {name}: {holders}",
  "desk.holder.which.hint": "Nêu ai ký: --holder TÊN",

  "desk.passphrase.ask": "Mật khẩu của {holder} ({issuer}): ",
  "desk.passphrase.choose": "Mật khẩu mới cho {holder} ({issuer}): ",
  "desk.passphrase.repeat": "Gõ lại lần nữa: ",
  "desk.passphrase.again": "Mật khẩu này không mở được khóa.",
  "desk.passphrase.wrong.message": "không mở được khóa của {holder} ({issuer}): sai mật khẩu, hoặc tệp bị hỏng",
  "desk.passphrase.wrong.hint":
    "Chưa ký gì. Hãy thử lại; ai quên mật khẩu thì cần khóa mới: loa desk revoke, rồi loa desk issuer.",
  "desk.passphrase.none.message": "không có ai để gõ mật khẩu của {holder} ({issuer})",
  "desk.passphrase.none.hint":
    "Chạy trên thiết bị đầu cuối, hoặc nêu tệp chứa mật khẩu (quyền 0600): --passphrase-file, hoặc biến môi trường {variable}.",
  "desk.passphrase.short.message": "mật khẩu này quá ngắn",
  "desk.passphrase.short.hint": "Dùng ít nhất {least} ký tự: bốn, năm từ mà không ai đoán được là đi với nhau.",
  "desk.passphrase.differs.message": "hai lần gõ không giống nhau",
  "desk.passphrase.differs.hint": "Chạy lại. Chưa tạo gì.",
  "desk.passphrase.file.message": "không có mật khẩu trong {path} {reason}",
  "desk.passphrase.file.hint": "Tệp chứa mật khẩu trên một dòng, ngoài ra không có gì.",
  "desk.passphrase.shared.message": "người khác đọc được mật khẩu trong {path}",
  "desk.passphrase.shared.hint": "Chạy: chmod 600 {path}. Nếu có thể đã bị đọc, hãy đổi mật khẩu cùng với khóa mới.",

  "desk.draft.damaged.message": "{path} không phải bản thảo: {reason}",
  "desk.draft.damaged.hint": "Đưa tệp mà `loa desk broadcast --draft` đã ghi, hoặc mã mà lệnh đó in ra.",
  "desk.draft.unknown.message": "ở đây không có bản thảo hay bản tin nào tên {name}",
  "desk.draft.unknown.hint": "Đưa tệp do --draft ghi, hoặc mã mà `loa desk broadcast` hay `loa desk cancel` đã in ra.",
  "desk.draft.unsent.message": "{id} chưa được gửi, và tiếng của nó không có ở máy chủ MQTT",
  "desk.draft.unsent.hint": "Chưa gửi gì. Hãy gửi bản mới: loa desk broadcast ...",
  "desk.draft.gone.message": "{id} đã bị hủy, bị thay, hoặc đã hết hạn",
  "desk.draft.gone.hint": "Chưa gửi gì. Muốn phát lại thì gửi bản mới: loa desk broadcast ...",
  "desk.draft.audio.message": "tiếng trong bản thảo này không phải tiếng đã được ký",
  "desk.draft.audio.hint": "Có người đã sửa tệp. Đừng ký gì, hãy soạn lại bản tin.",
  "desk.draft.kept": "Chưa gửi gì. Bản tin nằm ở {path}. Tiếp theo: loa desk cosign {path}",
  "desk.cosign.description": "ký một lệnh mà người giữ khóa khác đã soạn; đủ chữ ký thì gửi ngay",
  "desk.cosign.argument": "tệp bản thảo, hoặc mã của lệnh",
  "desk.cosign.option.holder": "ai ký, nếu nhiều người có thể ký",
  "desk.cosign.option.noSend": "chỉ ký; `loa desk publish` sẽ gửi",
  "desk.cosign.examples": [
    "  loa desk cosign out.json --holder 'Trần Văn Minh'",
    "  loa desk cosign 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  ].join("\n"),
  "desk.publish.description": "gửi một lệnh đã đủ chữ ký",
  "desk.publish.examples": "  loa desk publish out.json",
  "desk.cosign.intervention": "{op} {what} của {issuer}, trên {gateways} cụm thu phát thanh, đến {until}",
  "desk.cosign.short":
    "CẦN {needed} NGƯỜI KÝ; đã ký: {signed}. Trước {until} một người khác chạy: loa desk cosign {id}",
  "desk.cosign.milder":
    "tính là độ nghiêm trọng {severity} cho tới khi có người thứ hai ký (đã ký: {signed}), trước {until}: loa desk cosign {id}",
  "desk.cosign.signed": "đã ký: {signed}; chưa gửi. Lệnh nằm ở {path}. Tiếp theo: loa desk publish {path}",
  "desk.cosign.missing.message": "chưa gửi gì: cần {needed} người ký, mà mới có {signed}",
  "desk.cosign.missing.hint": "Lệnh đã được giữ lại. Một người giữ khóa khác ký và gửi: loa desk cosign {id}",
  "desk.cosign.late.message": "đã quá muộn để ký {id}: phải ký trong vòng {minutes} phút kể từ khi ra lệnh",
  "desk.cosign.late.hint": "Soạn lại lệnh, khi có mặt cả hai người giữ khóa.",
  "desk.cosign.nobody.message":
    "không còn ai ký được cho {name}: {holder} không có khóa ở đây, hoặc đã ký (đã ký: {signed})",
  "desk.cosign.nobody.hint":
    "Phải là người khác ký, bằng khóa của cùng đơn vị phát: loa desk issuer {name} --holder TÊN ...",

  "desk.audit.description": "in ra ở đây ai đã làm gì, khi nào, và kiểm tra không thiếu dòng nào",
  "desk.audit.examples": [
    "  loa desk audit",
    "  loa desk audit --json | jq '.entries[] | select(.act == \"revoke\")'",
  ].join("\n"),
  "desk.audit.heading.n": "số",
  "desk.audit.heading.at": "lúc",
  "desk.audit.heading.user": "người dùng",
  "desk.audit.heading.holders": "ký bởi",
  "desk.audit.heading.act": "việc",
  "desk.audit.heading.subject": "đối tượng",
  "desk.audit.heading.detail": "chi tiết",
  "desk.audit.intact": "{entries} dòng, không thiếu, không bị sửa.",
  "desk.audit.unreadable.message": "{path} bị hỏng: không đọc được dòng {n}",
  "desk.audit.unreadable.hint": "So với bản sao lưu. Các dòng trước đó vẫn như khi ghi.",
  "desk.audit.missing.message": "{path} thiếu dòng {n}",
  "desk.audit.missing.hint": "Có người đã xóa dòng này. So với bản sao lưu. Các dòng trước đó vẫn như khi ghi.",
  "desk.audit.changed.message": "dòng {n} của {path} không còn như khi ghi",
  "desk.audit.changed.hint": "Có người đã sửa dòng này. So với bản sao lưu. Các dòng trước đó vẫn như khi ghi.",
  "desk.audit.cut.message": "{path} kết thúc quá sớm: thiếu dòng {n} và các dòng sau",
  "desk.audit.cut.hint": "Có người đã cắt bớt. So với bản sao lưu. Các dòng trước đó vẫn như khi ghi.",
};
