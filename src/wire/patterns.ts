/** What ids look like (PROTOCOL.md, section 1). Everything that becomes part of a topic passes one of these first. */
export const GATEWAY_ID = /^[0-9a-hjkmnp-tv-z]{12}$/;
export const ZONE_ID = /^z(?:[1-9]|1[0-6])$/;
/** Area ids, zone tags and levels. */
export const CODE = /^[a-z0-9-]{1,32}$/;
export const ISSUER = /^[a-z0-9.-]{1,64}$/;
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
/** Names that machines give: boots, codecs, sensors, networks. */
export const NAME = /^[A-Za-z0-9._-]{1,64}$/;

// The last character of base64url carries unused bits, which must be zero: 2 of them for 32 bytes, 4 for 16 and 64.
export const BYTES_16 = /^[A-Za-z0-9_-]{21}[AQgw]$/;
export const BYTES_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
export const BYTES_64 = /^[A-Za-z0-9_-]{85}[AQgw]$/;

/** As boards and makers write it; it becomes part of a file's name, never of a topic. */
export const HARDWARE_SERIAL = /^[A-Za-z0-9._:-]{1,64}$/;
