/** Why a sidecar could not be started or stopped answering; the sidecar's own fatal codes come through unchanged. */
export type SidecarFailure =
  | 'executable_not_found'
  | 'executable_unusable'
  | 'version_unsupported'
  | 'pipe_failed'
  | 'ready_timeout'
  | 'ready_line_invalid'
  | 'exited'
  | 'not_running'
  | 'usage_error'
  | 'launch_line_invalid'
  | 'launch_line_timeout'
  | 'bridge_unavailable'
  | 'bridge_untrusted'
  | 'bridge_protocol_error'
  | 'port_in_use'
  | 'listen_failed'
  | (string & {});

/** A failure, with a message for the user; contains no secret and no environment. */
export class SidecarError extends Error {
  constructor(readonly code: SidecarFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SidecarError';
  }

  /** The same flags and the same file would fail the same way: a restart does not help. */
  get permanent(): boolean {
    return permanentCodes.has(this.code);
  }
}

const permanentCodes: ReadonlySet<string> = new Set([
  'executable_not_found',
  'executable_unusable',
  'version_unsupported',
  'usage_error',
  'port_in_use',
]);
