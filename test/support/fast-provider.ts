/** Stands for a graphics processor twice as fast as the processor. */
process.stdout.write(
  `${JSON.stringify({
    usable: true,
    reason: { say: 'computed a small decoder right', values: [] },
    decoder: true,
    flash: true,
    speed: { there: { decodeMs: 2, prefillMs: 2 }, processor: { decodeMs: 4, prefillMs: 8 } },
  })}\n`,
);
