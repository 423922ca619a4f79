import type { doctorTexts as english } from "../en/doctor.ts";
import type { Translation } from "../translation.ts";

export const doctorTexts: Translation<typeof english> = {
  "doctor.description":
    "kiểm tra mọi thứ cần để loa phát được: phát hiện và lời khuyên cho từng thứ; phần mềm chạy hay không đều được",
  "doctor.examples":
    "  loa doctor --profile raspberry-pi-4-usb-dac\n  loa doctor --profile ./my-box.json --enrolment ./enrolment --config ./config.json --json",
  "doctor.option.profile": "kiểu thiết bị có các card cần xem (nếu không nêu thì lấy theo phần mềm đang chạy)",
  "doctor.line": "{mark}  {check}  {message}",
  "doctor.advice": "         {advice}",
  "doctor.good": "tốt",
  "doctor.doubtful": "XEM",
  "doctor.bad": "HỎNG",
  "doctor.summary.good": "Không có gì hỏng.",
  "doctor.summary.doubtful": "Không có gì hỏng, nhưng nên xem lại: {doubtful}",
  "doctor.summary.bad": "Hỏng: {bad}. Nên xem lại: {doubtful}.",

  "doctor.check.agent": "phần mềm",
  "doctor.check.enrolment": "thư mục cấp",
  "doctor.check.certificate": "chứng thư",
  "doctor.check.keys": "khóa",
  "doctor.check.broker": "máy chủ MQTT",
  "doctor.check.clock": "đồng hồ",
  "doctor.check.database": "cơ sở dữ liệu",
  "doctor.check.disk": "ổ đĩa",
  "doctor.check.tools": "công cụ",
  "doctor.check.card": "card âm thanh",
  "doctor.check.placement": "vị trí đặt",

  "doctor.agent.running": "đang chạy, phiên bản {version}, cụm thu phát thanh {gateway}",
  "doctor.agent.down": "không chạy: {reason}",
  "doctor.agent.down.advice": "Khởi động (systemctl start loa), rồi xem nhật ký (journalctl -u loa).",
  "doctor.agent.alarm": "đang cảnh báo {code}: {detail}",
  "doctor.agent.alarm.advice": "`loa status` cho biết từ lúc nào; hết nguyên nhân thì cảnh báo tự hết.",
  "doctor.given": "{message}",
  "doctor.given.advice": "{hint}",
  "doctor.enrolment.good": "{directory} đầy đủ, dành cho cụm thu phát thanh {gateway}",

  "doctor.certificate.good": "của {name}, có hiệu lực đến {until}",
  "doctor.certificate.unreadable": "không đọc được: {reason}",
  "doctor.certificate.unreadable.advice": "Chép lại tls-cert.pem từ thư mục do đơn vị phát cấp.",
  "doctor.certificate.otherKey": "không khớp với tls-key.pem",
  "doctor.certificate.otherKey.advice": "Chép cả hai tệp từ cùng một thư mục cấp; tệp của hai thiết bị đã bị lẫn.",
  "doctor.certificate.otherName": "cấp cho {name}, nhưng đây là cụm thu phát thanh {gateway}",
  "doctor.certificate.otherName.advice": "Chép đúng thư mục cấp cho thiết bị này; máy chủ từ chối mọi thư mục khác.",
  "doctor.certificate.early": "chỉ có hiệu lực từ {from}",
  "doctor.certificate.early.advice": "Trước hết kiểm tra đồng hồ của thiết bị: có thể đang sai giờ.",
  "doctor.certificate.over": "đã hết hạn lúc {until}",
  "doctor.certificate.over.advice": "Đề nghị đơn vị phát cấp lại cho thiết bị này.",
  "doctor.certificate.soon": "hết hạn lúc {until}, còn {days} ngày",
  "doctor.certificate.soon.advice": "Đề nghị đơn vị phát chuẩn bị thư mục cấp mới trước ngày đó.",

  "doctor.certificate.authorityOver": "CA của thiết bị và của máy chủ đã hết hạn lúc {until}",
  "doctor.certificate.authorityOver.advice": "Đề nghị đơn vị phát tạo CA mới và cấp lại cho mọi thiết bị.",
  "doctor.certificate.authoritySoon": "CA của thiết bị và của máy chủ hết hạn lúc {until}, còn {days} ngày",
  "doctor.certificate.authoritySoon.advice":
    "Đề nghị đơn vị phát tạo CA mới ngay: mọi thiết bị phải được cấp lại trước ngày đó.",
  "doctor.certificate.brokerOver": "chứng thư của máy chủ đã hết hạn lúc {until}",
  "doctor.certificate.brokerOver.advice": "Kiểm tra đồng hồ thiết bị; nếu đúng giờ thì máy chủ cần chứng thư mới.",
  "doctor.certificate.brokerSoon": "chứng thư của máy chủ hết hạn lúc {until}, còn {days} ngày",
  "doctor.certificate.brokerSoon.advice":
    "Báo cho người quản lý máy chủ: không có chứng thư mới thì hôm đó mọi thiết bị đều im lặng.",

  "doctor.keys.good": "khóa của cụm thu phát thanh dùng được, kid {kid}",

  "doctor.broker.good": "{url} kết nối được và đúng máy chủ, trong {elapsedMs} ms ({protocol})",
  "doctor.broker.unreachable": "không tới được {url}: {reason}",
  "doctor.broker.unreachable.advice":
    "Trước hết kiểm tra mạng và tên máy (ping, getent hosts), rồi đến cổng và chính máy chủ.",
  "doctor.broker.late": "{url} không trả lời trong {withinMs} ms",
  "doctor.broker.late.advice": "Kiểm tra sóng và đường truyền; tường lửa lặng lẽ chặn cũng có biểu hiện này.",
  "doctor.broker.untrusted": "{url} không phải máy chủ mà thiết bị được cấp: {reason}",
  "doctor.broker.untrusted.advice":
    "Kiểm tra đồng hồ, rồi broker-ca.pem. Nếu cả hai đều đúng thì có kẻ đứng giữa: gọi đơn vị phát.",
  "doctor.broker.refused": "{url} không nhận thiết bị này: {reason}",
  "doctor.broker.refused.advice":
    "Máy chủ dùng CA khác, hoặc chứng thư của thiết bị đã bị thu hồi ở đó: gọi đơn vị phát.",
  "doctor.broker.none": "không biết địa chỉ máy chủ MQTT nào",
  "doctor.broker.none.advice": "Chép lại trọn thư mục cấp cho thiết bị.",

  "doctor.clock.sync": "đúng, theo {source}; bây giờ là {now}",
  "doctor.clock.assumed": "coi là đúng mà không hỏi ai (clock.source assumed); bây giờ là {now}",
  "doctor.clock.assumed.advice": "Ở nơi có mạng, đặt clock.source là timesyncd hoặc chrony.",
  "doctor.clock.none": "chưa đồng bộ, theo {source}; đang chỉ {now}. Chưa phát gì cho tới khi đồng bộ",
  "doctor.clock.none.advice":
    "Kiểm tra mạng và dịch vụ giờ (timedatectl, chronyc tracking); đặt máy chủ giờ nào kết nối được.",

  "doctor.database.good": "{path} nguyên vẹn (phiên bản {version}, {megabytes} MB)",
  "doctor.database.opened": "{path} mở được (phiên bản {version}, {megabytes} MB; lớn quá nên không kiểm tra hết)",
  "doctor.database.absent": "chưa có {path}; phần mềm tạo ra ở lần khởi động đầu tiên",
  "doctor.database.broken": "{path} bị hỏng: {reason}",
  "doctor.database.broken.advice":
    "Khởi động lại phần mềm: nó cất cơ sở dữ liệu hỏng sang một bên và tạo mới. Rồi kiểm tra ổ đĩa (dmesg).",

  "doctor.disk.good": "đã dùng {usedPercent} %, còn {freeMb} MB ở {folder}",
  "doctor.disk.low": "đã dùng {usedPercent} %, chỉ còn {freeMb} MB ở {folder}",
  "doctor.disk.low.advice": "Giải phóng chỗ trên phân vùng này: hết chỗ thì không nhận và không ghi bằng chứng được.",
  "doctor.disk.unreadable": "không xem được {folder}: {reason}",
  "doctor.disk.unreadable.advice": "Kiểm tra thư mục có tồn tại và bạn có quyền đọc.",

  "doctor.tools.good": "{tool} ở {path}",
  "doctor.tools.missing": "không có {tool}, nên không phát được gì",
  "doctor.tools.missing.advice":
    "Cài đặt (Debian: apt-get install ffmpeg alsa-utils), hoặc chỉ đường dẫn trong cài đặt (tools).",

  "doctor.card.good": "{zone}: có {device} và mở được",
  "doctor.card.agent": "{zone}: {device} do phần mềm giữ ({activity})",
  "doctor.card.faulted": "{zone}: phần mềm không dùng được {device}",
  "doctor.card.faulted.advice":
    "Kiểm tra giắc cắm và dây của card. `loa status` cho biết nó báo gì; phần mềm tự thử lại.",
  "doctor.card.unknown": "{zone}: không có card {card}; hiện có: {cards}",
  "doctor.card.unknown.advice": "Cắm card vào, hoặc ghi tên card trong kiểu thiết bị đúng như /proc/asound/cards.",
  "doctor.card.busy": "{zone}: {device} bị chương trình khác chiếm",
  "doctor.card.busy.advice":
    "Tìm chương trình đó (fuser -v /dev/snd/*) và dừng nó; thiết bị này không cần máy chủ âm thanh.",
  "doctor.card.failed": "{zone}: không mở được {device}: {reason}",
  "doctor.card.failed.advice": "Kiểm tra giắc, dây và asound.conf. Tài khoản của bạn phải thuộc nhóm audio.",
  "doctor.card.noProfile": "chưa xem: không nêu kiểu thiết bị và phần mềm không chạy",
  "doctor.card.noProfile.advice": "Chạy lại với --profile TÊN.",

  "doctor.placement.good": "các cụm loa {zones} đã có vị trí, cụm nào cũng có card",
  "doctor.placement.unreadable": "không đọc được: {reason}",
  "doctor.placement.unreadable.advice": "Chép lại placement.json từ thư mục do đơn vị phát cấp.",
  "doctor.placement.mute": "các cụm loa {zones} có vị trí nhưng không có card ở đây: bản tin cho chúng không ai nghe",
  "doctor.placement.mute.advice": "Thêm vào kiểu thiết bị, hoặc đề nghị đơn vị phát sửa vị trí đặt.",
  "doctor.placement.unplaced": "các cụm loa {zones} của kiểu thiết bị chưa có vị trí: không ai gửi gì cho chúng",
  "doctor.placement.unplaced.advice": "Đề nghị đơn vị phát thêm vào vị trí đặt, hoặc bỏ khỏi kiểu thiết bị.",
};
