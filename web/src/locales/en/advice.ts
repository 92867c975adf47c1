import type { Advice } from '#contract/health.ts';

/** `short` ends a sentence, “change this first: …”. `obs` and `phone` say where to click, `operator` who else has to act; empty where there is nothing to say. */
type Words = { short: string; title: string; why: string; obs: string; phone: string; operator: string };

const OPERATOR =
  'This is about the server, not about your encoder. Please tell the operator of this server; the figures below help.';

/**
 * English for what a creator can do about a stream. Menu names are those of OBS Studio 30 and later
 * (Output Mode “Advanced”). Streamlabs Mobile has changed its menus often and offers fewer settings.
 */
export const advice = {
  wrong_codec: {
    short: 'the video format (H.264 and AAC).',
    title: 'An encoder of yours was turned away: browsers cannot play what it sends.',
    why: 'The picture must be H.264 and the sound AAC.',
    obs: 'Settings → Output → Streaming: Video Encoder x264, or one with H.264 in its name (not HEVC, not AV1); Audio Encoder AAC. Settings → Advanced: Color Format NV12.',
    phone: 'Menu → Settings: where there is a choice of video codec, take H.264.',
    operator: '',
  },
  two_encoders: {
    short: 'stop one of your two encoders.',
    title: 'A second encoder tries to send at the same time.',
    why: 'With the same key the two push each other out, and viewers see a break each time. With another key it is turned away.',
    obs: 'Press “Stop Streaming” in the one that should not send. If you know of only one, somebody else has your key: replace it under “Stream keys”.',
    phone: 'Stop the stream in the app, or give the phone a key of its own.',
    operator: '',
  },
  upload_slow: {
    short: 'a lower bitrate.',
    title: 'Your upload is too slow: the stream arrives {{behind}}\u00a0s late.',
    why: 'Your connection carries less than your encoder sends, so the delay grows and pictures get lost.',
    obs: 'Settings → Output → Streaming: lower Bitrate by a third. Settings → Advanced → Network: tick “Dynamically change bitrate to manage congestion”. A cable is better than Wi-Fi.',
    phone:
      'Menu → Settings: lower the video bitrate, for example to 1,500 kb/s at 720p. Go closer to the Wi-Fi, or where the mobile signal is better.',
    operator: '',
  },
  machine_slow: {
    short: 'nothing on your side; tell the operator of this server.',
    title: 'The server does not keep up with converting your picture.',
    why: 'Smaller qualities are switched off until it does; your own quality goes on.',
    obs: '',
    phone: '',
    operator: OPERATOR,
  },
  no_video: {
    short: 'there is no picture.',
    title: 'No picture arrives.',
    why: 'Viewers hear you at most.',
    obs: 'Press “Stop Streaming”, then “Start Streaming”. If it stays so: Settings → Output → Streaming, Video Encoder x264.',
    phone: 'Allow the app to use the camera in the settings of the phone, then start the stream again.',
    operator: '',
  },
  no_audio: {
    short: 'there is no sound.',
    title: 'There is no sound in your stream.',
    why: 'Viewers see you and hear nothing.',
    obs: 'Settings → Audio → Global Audio Devices: choose your microphone as Mic/Auxiliary Audio. Settings → Output → Streaming: Audio Encoder AAC.',
    phone: 'Allow the app to use the microphone in the settings of the phone, then start the stream again.',
    operator: '',
  },
  silent_audio: {
    short: 'the sound is silent.',
    title: 'Your stream has a sound track, but it is silent.',
    why: 'Viewers see you and hear nothing.',
    obs: 'Look at the Audio Mixer while you speak: is the microphone muted, does its meter move? Settings → Audio → Global Audio Devices: the right microphone as Mic/Auxiliary Audio.',
    phone: 'Is the microphone muted in the app? Unplug a headset that has none.',
    operator: '',
  },
  keyframe_interval: {
    short: 'the keyframe interval, to 2 s.',
    title: 'Keyframes come every {{keyframes}}\u00a0s; it should be every 2\u00a0s.',
    why: 'Viewers wait longer until they see a picture, and longer after each break.',
    obs: 'Settings → Output, Output Mode “Advanced” → Streaming: Keyframe Interval 2 s. (0 means “auto”, which is about 8 s.)',
    phone:
      'Menu → Settings: keyframe interval 2 s, if your version of the app offers it. If not, the app decides; the show goes on all the same.',
    operator: '',
  },
  bitrate_unstable: {
    short: 'a steady bitrate (CBR).',
    title: 'Your bitrate goes up and down.',
    why: 'Viewers with a slow connection stall at the peaks.',
    obs: 'Settings → Output → Streaming: Rate Control CBR. If it is CBR already, your upload does not keep up: lower Bitrate by a third.',
    phone: 'Menu → Settings: lower the video bitrate. Stay where Wi-Fi or mobile signal is steady.',
    operator: '',
  },
  fps_low: {
    short: 'fewer or smaller pictures, or a faster preset.',
    title: 'Only {{fps}} of {{nominal}} frames arrive each second.',
    why: 'The picture stutters: the device that encodes is too busy.',
    obs: 'Settings → Output → Streaming: CPU Usage Preset “superfast”, or the encoder of your graphics card. Settings → Video: Common FPS Values 30, Output (Scaled) Resolution 1280x720.',
    phone: 'Menu → Settings: 720p and 30 frames. Close other apps and let the phone cool down.',
    operator: '',
  },
  not_transcoded: {
    short: 'nothing on your side; the server offers one quality only.',
    title: 'Viewers get one quality only: the one you send.',
    why: 'The server has no room to make smaller ones at the moment. Viewers with a slow connection may stall.',
    obs: 'To help them: Settings → Output → Streaming, Bitrate 2500 Kbps.',
    phone: 'To help them: Menu → Settings, a video bitrate of 2,000 kb/s or less.',
    operator: OPERATOR,
  },
  not_recorded: {
    short: 'nothing on your side; tell the operator of this server.',
    title: 'This show is not being recorded.',
    why: 'Viewers notice nothing. What you want to keep, record on your side.',
    obs: 'Press “Start Recording” beside “Start Streaming”.',
    phone: '',
    operator: 'The disk of the server may be full. Please tell the operator of this server.',
  },
  b_frames: {
    short: 'no B-frames.',
    title: 'Your encoder sends B-frames, which add delay.',
    why: 'Only worth a change where you talk with your viewers; the picture is fine.',
    obs: 'Settings → Output → Streaming. x264: Tune “zerolatency”, or bframes=0 in x264 Options. NVIDIA NVENC: B-Frames 0. Apple VT: untick “Use B-Frames”.',
    phone: 'Nothing to do: the app decides this by itself.',
    operator: '',
  },
} as const satisfies Record<Advice, Words>;
