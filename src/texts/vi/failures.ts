import type { failureTexts as english } from "../en/failures.ts";
import type { Translation } from "../translation.ts";

export const failureTexts: Translation<typeof english> = {
  "failure.toolMissing.message": "Không khởi động được {tool}: {reason}",
  "failure.toolMissing.hint": "Cài nó (Debian: apt-get install {package}), rồi thử lại.",
  "failure.toolMissing.summary": "không tìm thấy, nên không phát được gì: {tools}",
  "failure.clock.unsynchronised": "dịch vụ thời gian không xác nhận đồng hồ",
  "failure.clock.below-floor": "dịch vụ thời gian cho giờ sớm hơn những gì đã được ký",
  "failure.clock.beacon": "dịch vụ thời gian và tín hiệu beacon có chữ ký lệch nhau quá xa",
  "failure.clock.stepped": "đồng hồ bị chỉnh lệch quá xa; giờ mới chỉ được tin khi giữ nguyên mười phút",
  "failure.enrolment.message": "Không dùng được thư mục cấp cho thiết bị {directory}: {faults}",
  "failure.enrolment.hint":
    "Chép trọn thư mục mà đơn vị phát đã ký cho thiết bị này, khóa riêng chỉ chủ sở hữu được đọc (chmod 600).",
  "failure.enrolment.secretReadable": "nhóm hoặc người khác không được đọc khóa riêng",
  "failure.enrolment.secretForeign": "khóa riêng phải thuộc người dùng {owner} chạy phần mềm, không phải {uid}",
  "failure.enrolment.secretHint": "Chạy: {commands}. Nếu khóa có thể đã bị đọc trộm, hãy xin cấp lại cho thiết bị này.",
  "failure.enrolment.otherHardware": "thiết bị {gateway} được cấp cho phần cứng {enrolled}, còn đây là {serial}",
  "failure.enrolment.otherHardwareHint":
    "Lắp thẻ hoặc ổ đĩa về đúng hộp của nó, hoặc xin cấp riêng cho hộp này (loa enrol): một lần cấp không chạy trên hai bo mạch.",
  "failure.enrolment.untrusted": "thư mục cấp cho thiết bị {directory} tự mâu thuẫn: {reason}",
  "failure.enrolment.otherGateway": "thư mục dữ liệu này thuộc thiết bị {stored}, còn thư mục cấp là của {offered}",
};
