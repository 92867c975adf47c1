/** Whether new pictures reach the screen, and the last one kept for when none do. */

/** Frames shown so far; for sound without a picture the playing position stands in. */
export function frameCount(video: HTMLVideoElement): number {
  if (video.videoWidth === 0) return video.currentTime;
  return video.getVideoPlaybackQuality().totalVideoFrames;
}

/** Draws the frame on screen onto a canvas; false where there is none. */
export function keepFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): boolean {
  if (video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return false;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return true;
}
