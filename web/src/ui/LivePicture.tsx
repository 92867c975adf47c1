import { useEffect, useState } from 'react';
import classes from './live-picture.module.css';

/**
 * A picture of a running show, laid over what stands in its place until then. `src` is signed and
 * expires: one that does not load changes nothing, the picture before it stays.
 */
export function LivePicture({ src, alt }: { src: string | null; alt: string }) {
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    if (!src) return setShown(null);
    let stopped = false;
    // Loaded off the page first, so that the picture on it never flickers or breaks.
    const next = new Image();
    next.onload = () => {
      if (!stopped) setShown(src);
    };
    next.src = src;
    return () => {
      stopped = true;
    };
  }, [src]);
  if (!shown) return null;
  return (
    <img
      className={classes['picture']}
      src={shown}
      alt={alt}
      width={16}
      height={9}
      decoding="async"
      onError={() => setShown(null)}
    />
  );
}
