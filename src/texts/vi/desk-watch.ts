import type { deskWatchTexts as english } from "../en/desk-watch.ts";
import type { Translation } from "../translation.ts";

export const deskWatchTexts: Translation<typeof english> = {
  "desk.coverage.description": "ai đã phát một bản tin, ai không phát và vì sao, ai im lặng",
  "desk.coverage.argument": "mã bản tin mà `loa desk broadcast` đã in ra",
  "desk.coverage.examples":
    "  loa desk coverage 01JD3W9K2M4N6P8Q0R1S2T3V4W\n  loa desk coverage 01JD3W9K2M4N6P8Q0R1S2T3V4W --json | jq '.gateways[].zones[]'",
  "desk.coverage.unknown.message": "ở đây chưa gửi bản tin nào có mã {id}",
  "desk.coverage.unknown.hint": "Lấy mã mà `loa desk broadcast` đã in ra, trong cùng thư mục đơn vị phát (--desk).",
  "desk.coverage.title": "{title} ({class}), {id}, được bắt đầu phát đến {until}",
  "desk.coverage.heading.gateway": "cụm thu phát thanh",
  "desk.coverage.heading.commune": "xã",
  "desk.coverage.heading.zone": "cụm loa",
  "desk.coverage.heading.verdict": "kết quả",
  "desk.coverage.heading.at": "từ lúc",
  "desk.coverage.heading.seconds": "giây",
  "desk.coverage.heading.link": "trạng thái, lần cuối",
  "desk.coverage.verdict": "{verdict}: {code}",
  "desk.coverage.link": "{link}, {heard}",
  "desk.coverage.never": "chưa bao giờ",
  "desk.coverage.summary":
    "{played} / {zones} cụm loa đã phát; {silent} im lặng, {lost} không phát, {open} còn đang chờ",
  "desk.coverage.nobody": "Không cụm thu phát thanh nào trong sổ thuộc diện nhận bản tin này.",

  "word.verdict.played": "đã phát",
  "word.verdict.cut": "bị ngắt giữa chừng",
  "word.verdict.playing": "đang phát",
  "word.verdict.waiting": "đã nhận, đang chờ",
  "word.verdict.failed": "PHÁT HỎNG",
  "word.verdict.expired": "KHÔNG KỊP PHÁT",
  "word.verdict.cancelled": "đã hủy",
  "word.verdict.refused": "BỊ TỪ CHỐI",
  "word.verdict.unproven": "KHÔNG CÓ BẰNG CHỨNG",
  "word.verdict.silent": "IM LẶNG",

  "desk.listen.description":
    "in những gì đi qua máy chủ MQTT cho các địa bàn của mình, đã giải mã và kiểm tra, mỗi tin một dòng",
  "desk.listen.option.areas": "chỉ các địa bàn này, cách nhau bằng dấu phẩy (mặc định: mọi địa bàn trong sổ)",
  "desk.listen.examples": [
    "  loa desk listen",
    "  loa desk listen --areas xa-hoa-binh --json | jq 'select(.verified | not)'",
  ].join("\n"),
  "desk.listen.verified": "đúng",
  "desk.listen.refused": "SAI {code}: {detail}",
  "desk.listen.broadcast": "▼ {area}  {class} {action} của {issuer}: {title} ({id})",
  "desk.listen.document": "▼ {topic}  {type} của {issuer}, số {sequence}",
  "desk.listen.foreign": "▼ {topic}  {bytes} byte",
  "desk.listen.cleared": "▼ {topic}  đã xóa",
  "desk.listen.report": "▲ {report}",
  "desk.listen.heartbeat": "{gateway} còn sống: {zones}",
  "desk.listen.heartbeatZone": "{zone} {activity}",
  "desk.listen.evidence": "{gateway} bằng chứng {from} đến {to}",
  "desk.listen.checkpoint": "{gateway} chốt ở bản ghi {q}",
};
