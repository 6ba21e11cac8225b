import { z } from 'zod';
import type { AppError } from '../../kernel/errors.js';
import type { Refusal } from '../door/refusal.js';

export const ALL_REQUIRED = 'Semua field wajib diisi';

const TEXTS: Readonly<Record<number, string>> = {
  400: 'Permintaan tidak valid',
  401: 'Unauthorized',
  402: 'Kuota habis',
  403: 'Akses ditolak',
  404: 'Tidak ditemukan',
  409: 'Tidak bisa dilakukan sekarang',
  413: 'Permintaan terlalu besar',
  415: 'Content-Type harus application/json',
  429: 'Terlalu banyak permintaan',
  500: 'Terjadi kesalahan pada server',
  503: 'Layanan sedang tidak tersedia',
};
const BY_REASON: Readonly<Record<string, string>> = {
  EMAIL_TAKEN: 'Email sudah terdaftar',
  LOGIN_FAILED: 'Email atau password salah',
  SIGN_UP_CLOSED: 'Pendaftaran tidak dibuka',
  NOT_FOUND: 'Device tidak ditemukan',
  DEVICE_OFFLINE: 'Device tidak terhubung',
  QR_UNAVAILABLE: 'QR code belum tersedia, coba lagi',
};

export const WapizError = z
  .object({ error: z.string() })
  .meta({ id: 'WapizError', description: 'The call was refused.' });

export function speakWapiz({ status, error }: Refusal): { status: number; body: z.infer<typeof WapizError> } {
  return { status, body: { error: textOf(status, error) } };
}

function textOf(status: number, error: AppError): string {
  if (error.reason === 'DEVICE_LIMIT_EXCEEDED') {
    const { planName, limit } = error.data;
    return `Paket ${String(planName)} maksimal ${String(limit)} device`;
  }
  const problems = error.fields.map(({ message }) => message);
  const said = problems.includes(ALL_REQUIRED) ? ALL_REQUIRED : problems[0];
  return BY_REASON[error.reason] ?? (status === 400 ? said : undefined) ?? TEXTS[status] ?? error.message;
}
