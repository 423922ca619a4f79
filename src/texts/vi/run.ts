import type { runTexts as english } from "../en/run.ts";
import type { Translation } from "../translation.ts";

export const runTexts: Translation<typeof english> = {
  "run.description": "chạy phần mềm loa: nhận, kiểm tra, phát và ghi bằng chứng",
  "run.option.profile": "kiểu thiết bị: một tên trong firmware-profiles/, hoặc đường dẫn tệp",
  "run.option.enrolment": "thư mục mà `loa enrol` đã đặt vào chỗ",
  "run.examples":
    "  loa run --profile raspberry-pi-4-usb-dac\n  loa run --profile ./my-box.json --enrolment ./enrolment --config ./config.json",
};
