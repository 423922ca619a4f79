import { expect, test } from "vitest";
import { mp3Length } from "../../src/sound/mp3-length.ts";

/** MPEG 1 layer III, 48 kHz, mono: Xing tag in the first frame, LAME's delay 576 and padding 1344. */
function taggedHead({ frames = 835, bytes = 160_320, encoder = "LAME3.100", flags = 0xf, id3 = 0 } = {}): Uint8Array {
  const frame = Buffer.alloc(400);
  frame.writeUInt32BE(0xff_fb_94_c0);
  frame.write("Xing", 21);
  frame.writeUInt32BE(flags, 25);
  frame.writeUInt32BE(frames, 29);
  frame.writeUInt32BE(bytes, 33);
  frame.write(encoder, 141);
  frame.writeUIntBE((576 << 12) | 1344, 162, 3);
  if (id3 === 0) return frame;
  const tag = Buffer.alloc(10 + id3);
  tag.write("ID3\u0004");
  tag.writeUInt16BE(((id3 >> 7) << 8) | (id3 & 127), 8);
  return Buffer.concat([tag, frame]);
}

test("delay and padding are not part of the sound", () => {
  expect(mp3Length(taggedHead(), 160_320)).toEqual({ samples: 960_000, rateHz: 48_000 });
});

test("what an ID3 tag holds is skipped", () => {
  expect(mp3Length(taggedHead({ id3: 3000 }), 163_330)).toEqual({ samples: 960_000, rateHz: 48_000 });
});

test("a tag that speaks of another file is not believed", () => {
  expect(mp3Length(taggedHead(), 2 * 160_320)).toBeUndefined();
});

test.each([
  ["no tag", Buffer.alloc(400)],
  ["an empty head", Buffer.alloc(0)],
  ["a head that ends within the tag", taggedHead().subarray(0, 150)],
  ["a tag without the number of frames", taggedHead({ flags: 0xe })],
  ["an encoder that tells no padding", taggedHead({ encoder: "GOGO" })],
  ["more padding than sound", taggedHead({ frames: 1 })],
])("with %s the length is unknown", (_, head) => {
  expect(mp3Length(head, 160_320)).toBeUndefined();
});
