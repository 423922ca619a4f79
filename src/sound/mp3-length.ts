/**
 * The exact length of a tagged MP3. From a pipe ffmpeg drops the encoder's delay but keeps its padding (5.1, tried), up to
 * 4,095 samples that nobody recorded. The first frame's Xing and LAME tags tell them.
 */
export interface SoundLength {
  readonly samples: number;
  readonly rateHz: number;
}

const RATES_HZ = [44_100, 48_000, 32_000];
const LAYER_III = 1;
const MPEG_1 = 3;
const RESERVED_VERSION = 1;
const MONO = 3;
const HAS_FRAMES = 1;
const HAS_BYTES = 2;
const HAS_TABLE = 4;
const HAS_QUALITY = 8;
/** Of the encoder part of the tag: its name and version, nine settings, then delay and padding, 12 bits each. */
const DELAYS_OFFSET = 21;
/** A tag that does not speak of this file (several files joined, for one) is off by more than this part of the size. */
const SIZE_TOLERANCE = 1 / 16;

/** Undefined when the head carries no tag, or one that does not fit a file of this size. */
export function mp3Length(head: Uint8Array, sizeBytes: number): SoundLength | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    return readTag(view, afterId3(view), sizeBytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the tag lies beyond the head
    throw error;
  }
}

function afterId3(view: DataView): number {
  if (textAt(view, 0, 3) !== "ID3") return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + view.getUint8(at), 0);
  const footer = (view.getUint8(5) & 0x10) === 0 ? 0 : 10;
  return 10 + size + footer;
}

function readTag(view: DataView, frame: number, sizeBytes: number): SoundLength | undefined {
  const header = view.getUint32(frame);
  const version = (header >>> 19) & 3;
  const rateHz = RATES_HZ[(header >>> 10) & 3];
  const isLayer3 = header >>> 21 === 0x7ff && ((header >>> 17) & 3) === LAYER_III;
  if (!isLayer3 || version === RESERVED_VERSION || rateHz === undefined) return undefined;

  const isMono = ((header >>> 6) & 3) === MONO;
  const isMpeg1 = version === MPEG_1;
  const sideInfoBytes = isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17;
  const tag = frame + 4 + sideInfoBytes;
  if (!["Xing", "Info"].includes(textAt(view, tag, 4))) return undefined;

  const flags = view.getUint32(tag + 4);
  if ((flags & HAS_FRAMES) === 0 || (flags & HAS_BYTES) === 0) return undefined;
  const frames = view.getUint32(tag + 8);
  const saidBytes = view.getUint32(tag + 12);
  if (Math.abs(sizeBytes - frame - saidBytes) > saidBytes * SIZE_TOLERANCE) return undefined;

  const encoder = tag + 16 + ((flags & HAS_TABLE) === 0 ? 0 : 100) + ((flags & HAS_QUALITY) === 0 ? 0 : 4);
  if (!["LAME", "Lavf", "Lavc"].includes(textAt(view, encoder, 4))) return undefined;
  const delays = view.getUint32(encoder + DELAYS_OFFSET) >>> 8;
  const samples = frames * (isMpeg1 ? 1152 : 576) - (delays >>> 12) - (delays & 0xfff);
  return samples > 0 ? { samples, rateHz: rateHz / rateDivisor(version) } : undefined;
}

/** MPEG 2 halves the rates of MPEG 1, MPEG 2.5 quarters them. */
function rateDivisor(version: number): number {
  if (version === MPEG_1) return 1;
  return version === 2 ? 2 : 4;
}

function textAt(view: DataView, offset: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, index) => view.getUint8(offset + index)));
}
