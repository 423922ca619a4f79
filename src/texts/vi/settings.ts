import type { settingTexts as english } from "../en/settings.ts";
import type { Translation } from "../translation.ts";

export const settingTexts: Translation<typeof english> = {
  "setting.dataDirectory": "Nơi đặt các cơ sở dữ liệu. Ổ đĩa tại chỗ của thiết bị, thuộc người dùng chạy phần mềm.",
  "setting.socketPath": "Ổ cắm Unix để `loa status` hỏi phần mềm. Không mở cổng mạng nào.",
  "setting.clock.source":
    "Ai xác nhận đồng hồ đúng. `assumed` tin đồng hồ mà không hỏi, và việc này được báo về trung tâm.",
  "setting.link.keepAliveSeconds":
    "Im lặng bao lâu thì gửi gói thăm dò; gấp 1,5 lần coi như mất kết nối. Dài hơn thì đỡ tốn dung lượng di động.",
  "setting.link.backoffBaseSeconds":
    "Thời gian chờ dài nhất trước lần kết nối lại đầu tiên. Mỗi lần thử tăng gấp đôi; thời gian chờ thật là ngẫu nhiên.",
  "setting.link.backoffCeilingSeconds": "Mức trần của việc tăng gấp đôi.",
  "setting.link.firstRetrySpreadSeconds":
    "Chờ ngẫu nhiên sau khi mất kết nối, để cả tỉnh không kết nối lại cùng một giây.",
  "setting.fetch.windowChunks":
    "Số đoạn 32 KiB xin cùng lúc. Ít thì nhẹ cho đường truyền hẹp, nhiều thì nhanh hơn khi mạng có độ trễ lớn.",
  "setting.fetch.stallSeconds": "Bao lâu không có đoạn mới thì xin lại những đoạn còn thiếu.",
  "setting.audio.budgetMb":
    "Chỗ trên ổ đĩa cho âm thanh đã tải. Còn bị giới hạn bởi mức của kiểu thiết bị và 40 % phân vùng.",
  "setting.heartbeat.intervalSeconds":
    "Khoảng cách giữa hai lần báo còn sống, xê dịch một phần mười. Sau ba lần thiếu, trung tâm coi là trễ.",
  "setting.evidence.lingerMs": "Bản ghi mới chờ các bản ghi khác bao lâu để đi chung một gói có chữ ký.",
  "setting.evidence.resendSeconds": "Bao lâu trung tâm chưa xác nhận thì gửi lại các bản ghi chưa được xác nhận.",
  "setting.log.level": "Mức thấp nhất được ghi nhật ký. `info` gồm những gì trung tâm sẽ hỏi tới.",
  "setting.tools.ffmpeg": "Bộ giải mã.",
  "setting.tools.aplay": "Chương trình đưa âm thanh vào ALSA.",
  "setting.profile.zones.id": "Tên cụm loa trong lệnh phát và báo cáo.",
  "setting.profile.zones.device":
    "Thiết bị ALSA nối với loa của cụm, gọi theo tên card: các card giống nhau hay đổi số cho nhau.",
  "setting.profile.zones.rateHz": "Tần số lấy mẫu khi mở thiết bị.",
  "setting.profile.zones.channels":
    "Số kênh khi mở thiết bị. Tiếng nói là một kênh; `plughw` chép ra cả hai bên của card stereo.",
  "setting.profile.zones.bufferMs": "Lượng âm thanh thiết bị giữ sẵn. Nhiều hơn thì chịu được lúc máy bận.",
  "setting.profile.zones.periodMs": "Lượng âm thanh đưa vào mỗi lần; nhiều nhất nửa bộ đệm.",
  "setting.profile.zones.leadInMs": "Khoảng lặng phát trước, trong lúc tăng âm khởi động.",
  "setting.profile.name": "Tên kiểu thiết bị, báo về trung tâm. Trùng với tên tệp.",
  "setting.profile.hardware": "Mô tả bo mạch và card âm thanh, báo về trung tâm.",
  "setting.profile.description": "Thiết bị dùng để làm gì và cần biết gì trước khi chọn.",
  "setting.profile.budgets.memoryMb": "Bộ nhớ phần mềm được dùng; `loa status` đánh dấu khi vượt quá.",
  "setting.profile.budgets.audioMb":
    "Chỗ trên ổ đĩa cho âm thanh ở kiểu thiết bị này; lấy số nhỏ hơn giữa đây và `audio.budgetMb`.",
};
