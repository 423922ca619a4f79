import type { soundTexts as english } from "../en/sound.ts";
import type { Translation } from "../translation.ts";

export const soundTexts: Translation<typeof english> = {
  "sound.tone.alone": "Tín hiệu báo động đã phát {seconds} giây mà âm thanh bản tin vẫn chưa về.",
  "sound.maximum": "Đã dừng vì hết thời gian cho phép ({seconds} giây).",
  "sound.slow": "Bị ngắt quãng đến mức dài hơn thời gian cho phép {seconds} giây.",
  "sound.aborted": "Không đọc tiếp được tệp âm thanh.",
  "sound.decoder.refused": "Không giải mã được tệp âm thanh: {reason}",
  "sound.decoder.nothing": "Tệp âm thanh không có tiếng.",
  "sound.decoder.quiet": "Bộ giải mã không cho ra gì trong {seconds} giây.",
  "sound.feed.quiet": "Tệp âm thanh không được đưa thêm trong {seconds} giây.",
  "sound.sink.missing": "Không thấy card âm thanh {device}: {reason}",
  "sound.sink.busy": "Card âm thanh {device} đang bị chiếm: {reason}",
  "sound.sink.held": "Card âm thanh {device} chưa được lượt phát trước nhả ra.",
  "sound.sink.stalled": "Card âm thanh {device} không nhận tiếng trong {seconds} giây.",
  "sound.sink.failed": "Card âm thanh {device} bị lỗi: {reason}",
  "sound.sink.early": "trình phát kết thúc trước khi phát hết",
  "sound.tool.silent": "{tool} kết thúc ({how}) mà không báo gì.",
  "sound.zone.unknown": "Thiết bị này không có cụm loa {zone}.",
  "sound.thread.died": "Luồng âm thanh bị sập: {reason}",
  "sound.thread.stopped": "Bộ phát âm thanh chưa chạy.",
};
