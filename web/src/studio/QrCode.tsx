import { useEffect, useRef } from 'react';
import setup from './setup.module.css';

const SIZE_PIXELS = 320;

/** A text as a QR code, drawn on a canvas. The drawing code loads when it is needed. */
export function QrCode({ text, name }: { text: string; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let stopped = false;
    const draw = async () => {
      const qrcode = await import('qrcode');
      const size = { margin: 2, width: SIZE_PIXELS };
      // Drawn off the page: the library also sets styles on the canvas that it is given.
      const drawn = document.createElement('canvas');
      await qrcode.toCanvas(drawn, text, size);
      if (!stopped) canvas.current?.getContext('2d')?.drawImage(drawn, 0, 0, SIZE_PIXELS, SIZE_PIXELS);
    };
    // Without the picture the text beside it still serves.
    draw().catch(() => undefined);
    return () => {
      stopped = true;
    };
  }, [text]);
  return (
    <canvas
      ref={canvas}
      className={setup['qr']}
      width={SIZE_PIXELS}
      height={SIZE_PIXELS}
      role="img"
      aria-label={name}
    />
  );
}
