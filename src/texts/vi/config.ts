import type { configTexts as english } from "../en/config.ts";
import type { Translation } from "../translation.ts";

export const configTexts: Translation<typeof english> = {
  "config.allowed.wholeNumber": "số nguyên từ {from} đến {to}",
  "config.allowed.oneOf": "một trong {options}",
  "config.allowed.text": "văn bản từ 1 đến {longest} ký tự",
  "config.allowed.absolutePath": "đường dẫn tuyệt đối",
  "config.allowed.program": "tên chương trình hoặc đường dẫn tuyệt đối, không kèm tham số",
  "config.allowed.zoneId": "z1 đến z16",
  "config.allowed.device":
    "thiết bị ALSA gọi theo tên card như `aplay -L` liệt kê (plughw:CARD=loaz1,DEV=0); " +
    "không bao giờ gọi theo số, vì số đổi khi khởi động lại",
  "config.allowed.profileName": "chữ thường không dấu, chữ số và dấu gạch nối, nhiều nhất 64 ký tự",
  "config.allowed.zones": "danh sách từ 1 đến {most} cụm loa",
  "config.allowed.differingZones": "các cụm loa khác nhau cả mã lẫn thiết bị",
  "config.allowed.period": "nhiều nhất nửa bufferMs",
  "config.allowed.group": "một nhóm khóa: {keys}",

  "config.fault.value": "{path}: đang là {found}; cho phép: {allowed}",
  "config.fault.missing": "{path}: thiếu; cho phép: {allowed}",
  "config.fault.unknown": "{path}: khóa lạ; ở đây có: {known}",
  "config.fault.misspelt": "{path}: khóa lạ; có phải ý bạn là {meant}?",
  "config.fault.root": "tệp",

  "failure.configInvalid.message": "{file} có {count} lỗi:\n{faults}",
  "failure.configInvalid.hint": "Sửa các dòng nêu trên, rồi chạy `loa config check --config {file}`.",
  "failure.profileInvalid.message": "kiểu thiết bị {file} có {count} lỗi:\n{faults}",
  "failure.profileInvalid.hint": "Sửa các dòng nêu trên, rồi chạy `loa config check --profile {file}`.",
  "failure.fileUnreadable.message": "không đọc được {file}: {reason}",
  "failure.fileUnreadable.hint": "Kiểm tra đường dẫn và quyền đọc của người dùng chạy phần mềm.",
  "failure.notJson.message": "{file} không phải JSON: {reason}",
  "failure.notJson.hint": "JSON cần dấu nháy kép, dấu phẩy giữa các mục và không có dấu phẩy sau mục cuối.",
  "failure.profileUnknown.message": "không có kiểu thiết bị {name}; hiện có: {known}",
  "failure.profileUnknown.hint": "Dùng một trong các tên này, hoặc đường dẫn một tệp (có dấu /).",

  "config.description": "tệp cài đặt và kiểu thiết bị",
  "config.check.description": "cài đặt và kiểu thiết bị có đúng không; báo mọi lỗi một lượt, có lỗi thì mã thoát 3",
  "config.check.examples": "  loa config check --config ./config.json --profile ./profile.json",
  "config.show.description": "hiện mọi cài đặt cùng giá trị đang dùng",
  "config.show.examples": "  loa config show\n  loa config show --profile virtual --json",
  "config.check.good": "{file}: đúng",
  "config.check.defaults": "đúng: không có {file}, nên mọi cài đặt theo mặc định",
  "config.show.heading.key": "cài đặt",
  "config.show.heading.value": "giá trị",
  "config.show.heading.default": "mặc định, nếu khác",
  "config.show.profile": "kiểu thiết bị {name}",

  "config.docs.description": "giải thích mọi cài đặt: giá trị cho phép, mặc định, ý nghĩa",
  "config.docs.option.markdown": "in thành một trang Markdown",
  "config.docs.examples": "  loa config docs | less\n  loa config docs --markdown > cai-dat.md",
  "config.docs.entry": "{path}\n    {sentence}\n    cho phép: {allowed}\n    mặc định: {usual}   ví dụ: {example}",
  "config.docs.title": "Cài đặt",
  "config.docs.intro":
    "Sinh bằng `npm run docs` từ `src/config/schema.ts` và `src/config/profile.ts`; nếu khác đi thì phép kiểm tra báo lỗi. " +
    "Khóa nào có mặc định đều có thể bỏ; khóa lạ bị từ chối.",
  "config.docs.config": "Cài đặt của phần mềm: `{file}`, hoặc `--config FILE`",
  "config.docs.profile": "Kiểu thiết bị: `firmware-profiles/NAME.json`, hoặc `--profile FILE`",
  "config.docs.columns": "| khóa | cho phép | mặc định | ý nghĩa | ví dụ |",
  "config.docs.required": "bắt buộc",
};
