/** An authenticator app (RFC 6238: HMAC-SHA-1, steps of 30 s, six digits). */
import { createHmac } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

/** The code that the app shows now. */
export function currentCode(secret: string): string {
  return codeAt(secret, Math.floor(Date.now() / STEP_MS));
}

/** Six digits that are no code within 90 s. */
export function wrongCode(secret: string): string {
  const now = Math.floor(Date.now() / STEP_MS);
  const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) => codeAt(secret, now + steps));
  const wrong = ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'];
  return wrong.find((code) => !near.includes(code)) ?? '';
}

function codeAt(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', decoded(secret)).update(counter).digest();
  const offset = digest.readUInt8(19) & 15;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

function decoded(secret: string): Buffer {
  const digits = [...secret.replace(/=+$/, '')].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = digits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((bits) => parseInt(bits, 2)));
}
