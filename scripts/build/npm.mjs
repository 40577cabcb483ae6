// Runs npm. On Windows it is a batch file, which Node starts through a shell only.
import { exec } from './exec.mjs';

const [command, ...first] = process.platform === 'win32' ? ['cmd.exe', '/d', '/c', 'npm'] : ['npm'];

/**
 * @param {string[]} args
 * @param {string} cwd
 */
export const npm = (args, cwd) => exec(command, [...first, ...args], { cwd });
