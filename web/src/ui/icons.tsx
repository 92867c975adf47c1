import type { ReactNode } from 'react';

/** Icons are decoration: the control that holds one carries the name. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const PlayIcon = () => (
  <Icon>
    <path d="M7 4.500v15l12-7.500z" fill="currentColor" />
  </Icon>
);
export const PauseIcon = () => (
  <Icon>
    <path d="M8 5v14M16 5v14" strokeWidth="3.500" />
  </Icon>
);
export const SoundIcon = () => (
  <Icon>
    <path d="M4 9.500v5h3.500L12 19V5L7.500 9.500z" fill="currentColor" />
    <path d="M15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11" />
  </Icon>
);
export const MutedIcon = () => (
  <Icon>
    <path d="M4 9.500v5h3.500L12 19V5L7.500 9.500z" fill="currentColor" />
    <path d="m16 9.500 5 5m0-5-5 5" />
  </Icon>
);
export const FullscreenIcon = () => (
  <Icon>
    <path d="M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5" />
  </Icon>
);
export const LeaveFullscreenIcon = () => (
  <Icon>
    <path d="M9 4v5H4m16 0h-5V4m0 16v-5h5M4 15h5v5" />
  </Icon>
);
export const TheatreIcon = () => (
  <Icon>
    <rect x="2.500" y="6.500" width="19" height="11" rx="1.500" />
  </Icon>
);
export const PipIcon = () => (
  <Icon>
    <path d="M21 11V6.500A1.500 1.500 0 0 0 19.500 5h-15A1.500 1.500 0 0 0 3 6.500v11A1.500 1.500 0 0 0 4.500 19H10" />
    <rect x="13" y="14" width="8" height="6" rx="1" fill="currentColor" />
  </Icon>
);
export const QualityIcon = () => (
  <Icon>
    <path d="M4 7h8m4 0h4M4 17h4m4 0h8" />
    <circle cx="14" cy="7" r="2" />
    <circle cx="10" cy="17" r="2" />
  </Icon>
);
export const EyeIcon = () => (
  <Icon>
    <path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z" />
    <circle cx="12" cy="12" r="3" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3.500 2" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15H4.500A1.500 1.500 0 0 1 3 13.500v-9A1.500 1.500 0 0 1 4.500 3h9A1.500 1.500 0 0 1 15 4.500V5" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.500 4.500 4.500L19 7.500" />
  </Icon>
);
export const WarnIcon = () => (
  <Icon>
    <path d="M12 4 2.500 20h19z" />
    <path d="M12 10v4.500m0 2.800v.2" />
  </Icon>
);
export const StopIcon = () => (
  <Icon>
    <path d="M8 3h8l5 5v8l-5 5H8l-5-5V8z" />
    <path d="M12 7.500v5.500m0 3v.2" />
  </Icon>
);
export const NoSignalIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M7.500 12h9" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
);
export const WalletIcon = () => (
  <Icon>
    <rect x="3" y="6" width="18" height="13" rx="2.500" />
    <path d="M3 10h18M16 14.500h1.500" />
  </Icon>
);
export const TicketIcon = () => (
  <Icon>
    <path d="M3 8.500V6.500h18v2a3.500 3.500 0 0 0 0 7v2H3v-2a3.500 3.500 0 0 0 0-7z" />
    <path d="M14 7v2m0 2v2m0 2v2" />
  </Icon>
);
export const KeyIcon = () => (
  <Icon>
    <circle cx="8" cy="14" r="4.500" />
    <path d="m11.500 11 8-7.500M16 6.500l3 3" />
  </Icon>
);
export const StarIcon = () => (
  <Icon>
    <path d="m12 3.500 2.600 5.400 5.900.8-4.300 4.100 1 5.900-5.200-2.800-5.200 2.800 1-5.900-4.300-4.100 5.900-.8z" />
  </Icon>
);
export const HeartIcon = () => (
  <Icon>
    <path d="M12 20S3.500 14.800 3.500 9A4.500 4.500 0 0 1 12 7a4.500 4.500 0 0 1 8.500 2c0 5.800-8.500 11-8.500 11z" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15zM10 21h4" />
  </Icon>
);
