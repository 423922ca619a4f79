import type { deskInterveneTexts as english } from "../en/desk-intervene.ts";
import type { Translation } from "../translation.ts";

export const deskInterveneTexts: Translation<typeof english> = {
  "desk.cancel.description": "hủy hẳn một bản tin của đơn vị này, kể cả nơi đang chờ hoặc chưa nhận được",
  "desk.cancel.argument": "mã bản tin mà `loa desk broadcast` đã in ra",
  "desk.cancel.option.issuer": "ai hủy: đơn vị đã phát, hoặc cấp trên (mặc định: đơn vị đã phát)",
  "desk.cancel.examples": "  loa desk cancel 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  "desk.cancel.over.message": "bản tin {id} đã hết hạn",
  "desk.cancel.over.hint":
    "Không cần làm gì: không cụm thu phát thanh nào còn phát nữa. `loa desk coverage {id}` cho biết ai đã phát.",
  "desk.cancel.done": "đã hủy trên {gateways} cụm thu phát thanh: {id}",

  "desk.update.description":
    "thay âm thanh, tiêu đề hoặc giờ phát của một bản tin của đơn vị này; bản cũ im ngay; điều gì không nêu thì giữ nguyên",
  "desk.update.option.issuer": "ai phát: đơn vị đã phát, hoặc cấp trên (mặc định: đơn vị đã phát)",
  "desk.update.option.audio": "tệp MP3, WAV, M4A hoặc Ogg (mặc định: âm thanh đang có)",
  "desk.update.option.text": "lời văn (mặc định: như cũ, và không có nếu thay âm thanh)",
  "desk.update.option.at":
    "giờ phát theo múi giờ của đơn vị: 17:00 hoặc 2026-11-28T05:30 (mặc định: như cũ, hoặc ngay nếu giờ đó đã qua)",
  "desk.update.option.startWithin": "bắt đầu chậm nhất sau giờ đó: 10m",
  "desk.update.option.onPreempt": "sau khi bị bản tin khẩn hơn chen ngang: restart, resume hoặc drop",
  "desk.update.option.expiresIn":
    "được phát trong bao lâu kể từ giờ phát: 90m, 2h, 7d; không ngắn hơn bản cũ (mặc định: như cũ)",
  "desk.update.examples": [
    "  loa desk update 01JD3W9K2M4N6P8Q0R1S2T3V4W --audio ban-tin-sua.mp3",
    '  loa desk update 01JD3W9K2M4N6P8Q0R1S2T3V4W --title "Cắt điện, giờ mới" --audio cat-dien.mp3 --at 18:00 --expires-in 2h',
  ].join("\n"),
  "desk.update.replaces": "thay cho {id}; bản đó im hẳn",
  "desk.update.over.message": "bản tin {id} không còn: đã hết hạn, đã hủy, đã được thay, hoặc chưa bao giờ được gửi",
  "desk.update.over.hint": "Hãy cập nhật bản đã thay nó, hoặc gửi bản tin mới: loa desk broadcast",
  "desk.update.short.message": "bản cập nhật sẽ hết hạn trước bản tin {id}",
  "desk.update.short.hint":
    "Cụm thu phát thanh đang mất kết nối có thể quay lại với bản cũ: hãy lấy --expires-in dài hơn. --start-within quy định bắt đầu chậm nhất khi nào.",
  "desk.update.sound.message": "âm thanh của {id} không còn ở đây",
  "desk.update.sound.hint": "Hãy đưa lại: --audio TỆP",

  "desk.hold.description": "một người đã ký bản tin tự mình tạm giữ nó 15 phút: đủ thời gian tìm người cùng hủy",
  "desk.hold.option.holder": "bạn là ai trong những người đã ký, nếu ở đây có khóa của nhiều người",
  "desk.hold.examples": "  loa desk hold 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  "desk.hold.done": "đã tạm giữ trên {gateways} cụm thu phát thanh đến {until}; để hủy hẳn: loa desk cancel {id}",

  "desk.halt.description":
    "tạm dừng mọi bản tin không khẩn cấp, hoặc một bản tin, trong một thời gian; sau đó phát tiếp theo quy tắc của nó",
  "desk.halt.option.for": "trong bao lâu: 90m, 2h, nhiều nhất 7d",
  "desk.halt.examples": [
    "  loa desk halt --issuer ubnd.hoa-binh --to xa-hoa-binh --for 30m",
    "  loa desk halt --issuer ubnd.hoa-binh --to xa-hoa-binh --item 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  ].join("\n"),
  "desk.halt.done": "đã tạm dừng trên {gateways} cụm thu phát thanh đến {until}: {id}",
  "desk.resume.description": "chấm dứt lệnh tạm dừng của một đơn vị phát trước hạn",
  "desk.resume.examples": "  loa desk resume --issuer ubnd.hoa-binh --to xa-hoa-binh",
  "desk.resume.done": "đã hết tạm dừng trên {gateways} cụm thu phát thanh: {id}",
  "desk.control.option.item": "chỉ bản tin này, theo mã",

  "desk.intervention.refused.message": "cụm thu phát thanh {gateway} sẽ từ chối ({code}): {detail}",
  "desk.intervention.refused.hint":
    "Chưa gửi gì. Muốn tạm dừng cần đơn vị phát có quyền control (loa desk issuer TÊN --uses broadcast,control); bản tin cần hai người ký thì cũng cần hai người để dừng.",
  "desk.intervention.unsent.message": "máy chủ MQTT chưa nhận hết: {reason}",
  "desk.intervention.unsent.hint": "Để `loa desk serve` chạy: nó gửi phần còn lại ở lần kết nối sau.",
  "desk.listen.control": "▼ {area}  {op} của {issuer} ({id})",
};
