import type { storeTexts as english } from "../en/store.ts";
import type { Translation } from "../translation.ts";

export const storeTexts: Translation<typeof english> = {
  "failure.databaseNewer.message":
    "{path} do bản phần mềm mới hơn ghi (phiên bản dữ liệu {found}; bản này chỉ biết đến {known})",
  "failure.databaseNewer.hint":
    "Chưa có gì bị thay đổi. Cài lại bản phần mềm mới hơn, hoặc chuyển tệp đi nơi khác để bắt đầu với dữ liệu trống.",
  "failure.databaseForeign.message": "{path} thuộc thiết bị {found}, nhưng thư mục cấp lại dành cho {expected}",
  "failure.databaseForeign.hint":
    "Chưa có gì bị thay đổi. Cho mỗi thiết bị một thư mục dữ liệu riêng, hoặc chuyển tệp đi nơi khác.",
  "failure.folderTaken.message": "Một phần mềm loa khác đang dùng thư mục dữ liệu {folder}",
  "failure.folderTaken.hint": "Dừng phần mềm kia trước, hoặc cho phần mềm này thư mục dữ liệu riêng (dataDirectory).",
  "failure.databaseUnusable.message": "Không dùng được {path}: {reason}",
  "failure.databaseUnusable.hint":
    "Xem ổ đĩa (dmesg), chủ sở hữu và quyền của thư mục, và xem có phần mềm loa thứ hai dùng cùng thư mục hay không.",
  "failure.migration.message": "Không nâng được cơ sở dữ liệu lên phiên bản {version}. {reason}",
  "failure.migration.hint": "Chưa có gì bị thay đổi. Cài lại bản phần mềm chạy trước đây và báo lỗi này.",
  "failure.diskFull.message": "Ổ đĩa không còn chỗ cho {path}",
  "failure.diskFull.hint": "Giải phóng chỗ trên phân vùng này; phần mềm tự chạy tiếp ngay khi có chỗ.",
};
