import type { statusTexts as english } from "../en/status.ts";
import type { Translation } from "../translation.ts";

export const statusTexts: Translation<typeof english> = {
  "status.description":
    "thiết bị đang làm gì; nếu phần mềm không chạy thì cho biết những gì cơ sở dữ liệu còn ghi (mã thoát 4)",
  "status.examples": "  loa status\n  loa status --watch\n  loa status --json | jq '.zones[] | {id, activity}'",

  "status.title": "loa {version} trên thiết bị {gateway}, đã chạy {uptime}",
  "status.storedTitle": "Phần mềm loa không chạy: {reason}",
  "status.storedAdvice":
    "Dưới đây là những gì cơ sở dữ liệu của thiết bị {gateway} còn ghi; hiện không phát gì. Khởi động bằng `loa run`.",

  "status.heading.link": "kết nối",
  "status.heading.state": "trạng thái",
  "status.heading.since": "từ lúc",
  "status.link.control": "điều khiển",
  "status.link.media": "âm thanh",
  "status.connected": "đã kết nối",
  "status.disconnected": "chưa kết nối",

  "status.heading.zone": "cụm loa",
  "status.heading.device": "card âm thanh",
  "status.heading.activity": "đang",
  "status.heading.item": "bản tin",
  "status.heading.level": "mức",
  "status.heading.underruns": "hụt tiếng",
  "status.heading.lastPlay": "lượt gần nhất",
  "status.activity.idle": "im lặng",
  "status.activity.starting": "sắp phát",
  "status.activity.playing": "phát",
  "status.activity.stopping": "dừng lại",
  "status.activity.faulted": "hỏng",
  "status.playing": "{title} ({played})",
  "status.lastPlay": "{title}: {outcome}, {at}",
  "status.level": "{decibel} dB",

  "status.heading.title": "tiêu đề",
  "status.heading.class": "mức",
  "status.heading.area": "địa bàn",
  "status.heading.due": "giờ phát",
  "status.heading.chunks": "đoạn",
  "status.chunks": "{have} / {total}",
  "status.stateAndCode": "{state}: {code}",
  "status.queueEmpty": "Không có bản tin nào chờ.",
  "status.waiting": "chờ hoặc đang phát: {emergency} khẩn cấp, {priority} ưu tiên, {routine} thông thường",

  "status.evidence": "bằng chứng: {last} bản ghi, trung tâm đã xác nhận {acknowledged}; {outbox} tin chờ gửi",
  "status.clock": "đồng hồ: {state} ({source})",
  "status.box": "ổ đĩa: đã dùng {usedPercent} %, còn {freeMb} MB; bộ nhớ: {residentMb} / {budgetMb} MB",
  "status.alarm": "cảnh báo {code} ({severity}) từ {since}: {detail}",
  "status.noAlarm": "Không có cảnh báo.",

  "status.option.watch": "xem liên tục, mỗi giây một lần, kèm mức âm của từng cụm loa; dừng bằng Ctrl-C",
  "status.duration.days": "{days} ngày {hours} giờ",
  "status.duration.hours": "{hours} giờ {minutes} phút",
  "status.duration.minutes": "{minutes} phút",
  "status.duration.seconds": "{seconds} giây",
  "status.watch.title": "loa {version}  thiết bị {gateway}  {at}",
  "status.watch.links": "điều khiển {control}  âm thanh {media}  đồng hồ {clock}  chờ {waiting}  cảnh báo {alarms}",
  "status.watch.up": "tốt",
  "status.watch.down": "MẤT",
  "status.watch.gone": "{at}  {reason}; đang chờ phần mềm trả lời",
  "status.watch.more": "… còn {count} dòng nữa không vừa màn hình",

  "failure.statusForeign.message": "cái trả lời ở {socketPath} không phải phần mềm loa của phiên bản này",
  "failure.statusForeign.hint": "Khởi động lại phần mềm sau khi cập nhật; kiểm tra socketPath trong cài đặt.",
};
