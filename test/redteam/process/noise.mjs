// Preloaded into the server: a library that prints whatever it likes and, where told so, fails where nobody catches it.
const clean = process.stdout.write;
const timer = setInterval(() => {
  if (process.stdout.write === clean) return;
  console.log("noise of the console");
  process.stdout.write("noise without a line break");
  console.table([{ noise: 1 }]);
}, 100);
timer.unref();
process.once("SIGUSR2", () => {
  if (process.env.NOISE_CRASH === "rejection") Promise.reject(new Error("planted crash"));
  else throw new Error("planted crash");
});
