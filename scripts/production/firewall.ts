/** The firewall lines for exactly the ports that must be public. Printed, never run: the operator's SSH is at stake. */
import type { Config } from '#config/index.ts';

export type PublicPort = { readonly port: number; readonly purpose: string };

/** Every port that strangers must reach. Whatever else the install opens listens on loopback. */
export function publicPorts(config: Pick<Config, 'httpPort' | 'rtmpPort' | 'tls'>): PublicPort[] {
  if (!config.tls)
    return [
      { port: config.httpPort, purpose: 'pages and video (HTTP)' },
      { port: config.rtmpPort, purpose: 'OBS and phones (RTMP)' },
    ];
  return [
    { port: config.httpPort, purpose: 'redirect to HTTPS, certificate renewal' },
    { port: config.tls.httpsPort, purpose: 'pages and video (HTTPS)' },
    { port: config.rtmpPort, purpose: 'OBS and phones (RTMP)' },
    { port: config.tls.rtmpsPort, purpose: 'OBS and phones, encrypted (RTMPS)' },
  ];
}

/** Lines for ufw, then for nftables, each ready to paste. */
export function firewallLines(ports: readonly PublicPort[]): { ufw: string[]; nft: string[] } {
  const list = ports.map(({ port }) => port).join(', ');
  return {
    ufw: ports.map(({ port, purpose }) => `ufw allow ${port}/tcp comment 'stagedoor: ${purpose}'`),
    nft: [`nft add rule inet filter input tcp dport '{ ${list} }' accept`],
  };
}
