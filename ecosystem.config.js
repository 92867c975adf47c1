/** For PM2 on the command line: `STAGEDOOR_VAR=… PM2_HOME=$STAGEDOOR_VAR/pm2 pm2 start ecosystem.config.js`. */
import { loadConfig } from '#config/index.ts';
import { serviceApps } from './scripts/services/apps.ts';

export const apps = serviceApps(loadConfig());
