/** What the operating system refused, in a sentence for whoever runs the process; null for every other error. */
export function explainMachineFailure(error: Error): string | null {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined) return null;
  if (syscall === 'listen' || syscall === 'bind') return explainListen(code, error);
  return path === undefined ? null : explainFile(code, path);
}

function explainListen(code: string, error: Error & { address?: string; port?: number }): string | null {
  const address = `${error.address ?? 'HOST'}:${error.port ?? 'PORT'}`;
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens on ${address}: stop it, or set PORT to a free port.`;
    case 'EACCES':
      return `This account may not listen on ${address}: set PORT to a port above 1023.`;
    case 'EADDRNOTAVAIL':
      return `This machine does not have the address ${address}: set HOST to one of its own, or to 0.0.0.0 for all.`;
    default:
      return null;
  }
}

function explainFile(code: string, path: string): string | null {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `This account may not use ${path}: change its owner or mode, or set DATA_DIR to a folder of this account.`;
    case 'EROFS':
      return `${path} lies on a read-only disk: set DATA_DIR to a folder that can be written.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} cannot be a folder, because a file is in its way: set DATA_DIR to another folder.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk is full: ${path} could not be written.`;
    default:
      return null;
  }
}
