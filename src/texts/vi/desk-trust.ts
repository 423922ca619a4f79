import type { deskTrustTexts as english } from "../en/desk-trust.ts";
import type { Translation } from "../translation.ts";

export const deskTrustTexts: Translation<typeof english> = {
  "desk.authority.description":
    "tạo cấp có thẩm quyền: đơn vị phát được ủy quyền cho đơn vị khác, trong phạm vi của mình",
  "desk.authority.examples":
    "  loa desk authority ubnd.tinh-a --areas tinh-a --severity-max 1 --holder 'Nguyễn Thị Lan'",
  "desk.revoke.description":
    "thu hồi hẳn khóa ở mọi cụm thu phát thanh; retired: thôi dùng; compromised: đã lọt vào tay người khác",
  "desk.revoke.argument":
    "đơn vị phát có khóa cần thu hồi, hoặc kid của một khóa; cả khóa đã thu hồi: danh sách được ký lại",
  "desk.revoke.option.reason":
    "retired, hoặc compromised: các cụm thu phát thanh còn dừng và bỏ những gì khóa đó ra lệnh từ --from",
  "desk.revoke.option.from":
    "không còn giá trị từ lúc nào: 2026-11-20T08:00:00+07:00, hoặc 3d là ba ngày trước (mặc định: bây giờ)",
  "desk.revoke.option.holder": "chỉ khóa của người này",
  "desk.revoke.option.by":
    "ai thu hồi: cấp trên, hoặc cùng đơn vị phát (mặc định: operations, nếu không thì người giữ khóa khác của đơn vị)",
  "desk.revoke.examples": "  loa desk revoke ubnd.hoa-binh --holder 'Nguyễn Thị Lan' --reason compromised --from 2d",
  "desk.revoke.done": "đã thu hồi từ {from}: {holders}. Tạo khóa mới: loa desk issuer TÊN --holder TÊN ...",
  "desk.revoke.unknown.message": "ở đây không có khóa {subject}",
  "desk.revoke.unknown.hint": "Nêu tên đơn vị phát kèm --holder, hoặc kid mà `loa desk issuer` đã in ra.",
  "desk.revoke.right.message":
    "{by} không thu hồi được khóa này: cụm thu phát thanh chỉ nghe người giữ khóa cùng đơn vị có quyền revoke, hoặc cấp trên",
  "desk.revoke.right.hint": "Nêu bằng --by, hoặc tạo khóa: loa desk issuer TÊN --holder TÊN --uses revoke ...",
  "desk.revoke.reach.message": "{by} không thu hồi được ở mọi nơi: khóa vẫn phát được ở {areas}",
  "desk.revoke.reach.hint":
    "Chưa gửi gì. Nêu bằng --by người có quyền ở mọi địa bàn của khóa, hoặc tạo khóa: loa desk issuer TÊN --holder TÊN --uses revoke --areas ...",
  "desk.revoke.full.message": "{by} sẽ có {keys} khóa bị thu hồi mà chưa hết hạn; một danh sách chỉ chứa {most}",
  "desk.revoke.full.hint": "Chưa gửi gì. Để cấp trên thu hồi khóa này, bằng --by.",
  "desk.revoke.endsEarly":
    "DANH SÁCH HẾT HẠN LÚC {until}, TRƯỚC MỘT KHÓA MÀ NÓ NÊU. Thiết bị đăng ký sau đó sẽ tin khóa ấy: trước 30 ngày, `loa desk serve` báo lệnh cần gõ. Người thu hồi nên giữ khóa có hạn dài như vậy: loa desk issuer TÊN --holder TÊN --uses revoke --days ...",
  "desk.revoke.time.message": "{text} không phải thời điểm",
  "desk.revoke.time.hint": "Viết 2026-11-20T08:00:00+07:00, hoặc 3d là ba ngày trước.",
  "desk.place.description": "đặt lại chỗ cho cụm thu phát thanh: địa bàn sau sáp nhập xã, cụm loa, âm lượng",
  "desk.place.argument": "mã các cụm thu phát thanh",
  "desk.place.option.in": "và mọi cụm thu phát thanh nằm trong các địa bàn này",
  "desk.place.option.commune": "xã từ nay; xã cũ vẫn giữ bên cạnh, cho tới khi --drop",
  "desk.place.option.drop": "các địa bàn không còn nữa",
  "desk.place.option.zones": "toàn bộ các cụm loa kèm nhãn: z1,z2=market+school",
  "desk.place.option.gain": "âm lượng các cụm loa theo dB, cao nhất 0: z1=-6,z2=-3",
  "desk.place.option.emergencyGain": "như trên, cho bản tin khẩn cấp",
  "desk.place.examples":
    "  loa desk place --in xa-hoa-binh --commune xa-hoa-an          # sáp nhập; cả hai tên đều dùng được\n  loa desk place --in xa-hoa-an --drop xa-hoa-binh             # 30 ngày sau\n  loa desk place 7k3m9q2w5x8y --gain z1=-6",
  "desk.place.heading.areas": "địa bàn",
  "desk.place.done": "đã đặt lại chỗ: {gateways} cụm thu phát thanh",
  "desk.place.unknown.message": "không có cụm thu phát thanh nào là {subject} hoặc nằm ở đó",
  "desk.place.unknown.hint": "Xem `loa desk gateways`.",
  "desk.place.refused.message": "cụm thu phát thanh {gateway} sẽ từ chối chỗ đặt này ({code}): {detail}",
  "desk.place.refused.hint": "Chưa gửi gì. Chỗ đặt phải còn xã của nó, và không nêu địa bàn hay cụm loa nào hai lần.",
  "desk.place.gain.message": "{text} không phải âm lượng của cụm loa",
  "desk.place.gain.hint": "Viết cụm loa và số dB từ -60 đến 0: z1=-6",
  "desk.policy.description": "xem các quy tắc mà cụm thu phát thanh tuân theo, hoặc ký và phát hành quy tắc mới",
  "desk.policy.argument": "tệp JSON chứa quy tắc mới; không có thì in quy tắc đang dùng",
  "desk.policy.examples": "  loa desk policy > rules.json\n  loa desk policy rules.json",
  "desk.policy.what": "{text}\nquy tắc mới cho mọi cụm thu phát thanh, đến {until}",
  "desk.policy.file.message": "{path} không phải tệp JSON: {reason}",
  "desk.policy.file.hint": "Bắt đầu từ những gì `loa desk policy` in ra.",
  "desk.rotate.description":
    "tạo gốc kế tiếp: đổi người giữ khóa gốc, do người giữ khóa của gốc này và gốc sau cùng ký",
  "desk.rotate.option.add": "ai được cấp khóa gốc mới, tên cách nhau bằng dấu phẩy",
  "desk.rotate.option.remove": "bỏ khóa gốc của ai; cùng tên trong --add thì là thay khóa",
  "desk.rotate.examples":
    "  loa desk rotate --remove 'Lê Văn An' --add 'Đỗ Thị Hoa'\n  loa desk rotate --remove 'Lê Văn An' --add 'Đỗ Thị Hoa' --draft next-root.json    # có người ở nơi khác",
  "desk.rotate.what": "gốc phiên bản {version}: {holders}; cần {threshold} người ký; đến {until}",
  "desk.rotate.unknown.message": "{name} không giữ khóa gốc",
  "desk.rotate.unknown.hint": "Người giữ khóa gốc: {holders}",
  "desk.rotate.twice.message": "{name} đã giữ một khóa gốc",
  "desk.rotate.twice.hint": "Muốn thay khóa, nêu cùng tên trong --remove.",
  "desk.rotate.overtaken.message": "gốc phiên bản {version} không thể kế tiếp phiên bản {inForce}, nay là bản mới nhất",
  "desk.rotate.overtaken.hint":
    "Chưa gửi gì. Đã có lần đổi gốc khác trước, hoặc lần này đã xong: xem `loa desk audit`. Còn gì cần đổi thì đổi lại từ đầu: loa desk rotate ...",
  "desk.rotate.unfinished.message": "gốc kế tiếp đã ký, nhưng ở đây chưa có hiệu lực hết mọi chỗ: {reason}",
  "desk.rotate.unfinished.hint":
    "Dẹp vật cản và giữ nguyên {path}: lệnh kế tiếp ở đây sẽ làm nốt, `loa desk serve` sẽ gửi đi.",
};
