// Listening to the page's call from outside: the peer connection is caught as it is made, its remote track analysed.

/** ears runs in the page before its own scripts. */
export function ears() {
  const Native = globalThis.RTCPeerConnection
  globalThis.heardConnections = []
  globalThis.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args)
      globalThis.heardConnections.push(this)
    }
  }
}

/**
 * hear measures the newest call until it has been heard for `least` ms: packets both ways, sound in what comes, and, where
 * a tone is named, that tone (within 3 %) as the loudest one. It fails when that does not happen in time.
 */
export async function hear(page, { tone, least, patience }) {
  const until = Date.now() + patience
  let last
  while (Date.now() < until) {
    last = await page.evaluate(listen, least)
    const right = last.peaks.filter((p) => p.db > -70 && (tone === null || Math.abs(p.hz - tone) < tone * 0.03)).length
    last = { ...last, tone, right, of: last.peaks.length, peaks: last.peaks.slice(-5) }
    if (last.received > 20 && last.sent > 20 && last.spoken > 0 && right >= 3) return last
  }
  throw new Error(`not heard: ${JSON.stringify(last)}`)
}

async function listen(length) {
  const connection = globalThis.heardConnections.at(-1)
  const track = connection?.getReceivers().map((r) => r.track).find((t) => t?.kind === 'audio')
  const answer = { received: 0, lost: 0, sent: 0, spoken: 0, energy: 0, codec: '', played: false, peaks: [] }
  if (!track) {
    await new Promise((r) => setTimeout(r, 200))
    return answer
  }
  const context = (globalThis.earContext ??= new AudioContext())
  await context.resume()
  const analyser = context.createAnalyser()
  analyser.fftSize = 8192
  analyser.smoothingTimeConstant = 0
  const source = context.createMediaStreamSource(new MediaStream([track]))
  source.connect(analyser)
  const bins = new Float32Array(analyser.frequencyBinCount)
  const end = performance.now() + length
  while (performance.now() < end) {
    await new Promise((r) => setTimeout(r, 200))
    analyser.getFloatFrequencyData(bins)
    let top = 2
    for (let i = 2; i < bins.length; i++) if (bins[i] > bins[top]) top = i
    if (Number.isFinite(bins[top])) answer.peaks.push({ hz: Math.round((top * context.sampleRate) / analyser.fftSize), db: Math.round(bins[top]) })
  }
  source.disconnect()
  const stats = [...(await connection.getStats()).values()]
  for (const s of stats) {
    if (s.type === 'inbound-rtp' && s.kind === 'audio') {
      answer.received += s.packetsReceived
      answer.lost += s.packetsLost
      answer.energy = s.totalAudioEnergy
      answer.codec = stats.find((c) => c.id === s.codecId)?.mimeType ?? ''
    }
    if (s.type === 'outbound-rtp' && s.kind === 'audio') answer.sent += s.packetsSent
    if (s.type === 'media-source' && s.kind === 'audio') answer.spoken = Math.max(answer.spoken, s.totalAudioEnergy ?? 0)
  }
  const audio = document.querySelector('audio')
  answer.played = Boolean(audio?.srcObject && !audio.paused && !audio.muted)
  return answer
}
