export { QrCode } from './qr-code.ts';
