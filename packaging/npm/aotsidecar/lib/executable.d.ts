/**
 * The absolute path of the executable for this platform; the value of AOTSIDECAR_BINARY when that is set.
 * Throws an Error whose message says what to do when there is none.
 */
export function executablePath(): string;
