// Renewed certificates without a restart: looks at the files of every TLS context of this process, and has a
// context load them again when one of them is another than before, or when SIGHUP asks for it. Connections
// that exist go on under what they began with. What the files must be is TransportSecurity's question.
package import EventLoop
import Glibc
package import Observe
import Synchronization
package import TLSWire

/// The TLS contexts of one process. `look` is called by one task at a time.
package final class CertificateWatch: Sendable {
    /// A file as it was: another one in its place, or other bytes in it, make it different. Links are
    /// followed, since a mounted secret is renewed by turning a link.
    private struct Stamp: Equatable {
        var device: UInt = 0, file: UInt = 0, bytes = 0, seconds = 0, nanoseconds = 0
    }
    private struct Watched {
        let side: StaticString
        let context: TLSContext
        var known: [Stamp]
        /// What the files were when they were refused last; nil while the context has what they say.
        var refused: [Stamp]?
    }

    /// How long a renewed certificate waits for its use.
    package static let interval: Duration = .seconds(10)

    private let contexts = Mutex<[Watched]>([])
    private let log: Log
    private let metrics: Metrics

    package init(log: Log, metrics: Metrics) {
        self.log = log
        self.metrics = metrics
    }

    /// From now on `context` follows its files. `side` is `server` or `client`, for the log.
    package func add(_ context: TLSContext, side: StaticString) {
        let watched = Watched(side: side, context: context, known: Self.stamps(context))
        contexts.withLock { $0.append(watched) }
        showExpiry(context)
    }

    /// Loads again what has changed, or everything when `isAsked`. Blocks for as long as reading files takes.
    /// A bad file changes nothing; it is logged once, and tried again until it is good.
    package func look(isAsked: Bool = false) {
        let all = contexts.withLock { $0 }
        for (index, watched) in all.enumerated() {
            // Taken before the files are read: what changes meanwhile is seen the next time.
            let now = Self.stamps(watched.context)
            guard isAsked || now != watched.known || watched.refused != nil else { continue }
            do throws(TLSFailure) {
                try watched.context.reload()
                contexts.withLock {
                    $0[index].known = now
                    $0[index].refused = nil
                }
                log.info("certificate.reloaded", ["side": .word(watched.side)])
                showExpiry(watched.context)
            } catch {
                contexts.withLock { $0[index].refused = now }
                guard isAsked || watched.refused != now else { continue }
                log.error(
                    "certificate.refused", ["side": .word(watched.side), "reason": .name(Self.name(error))])
            }
        }
    }

    /// Looks every `interval`, and at once on SIGHUP, until the task is cancelled.
    package func run(_ hangup: HangupSignal, on loop: EventLoop) async throws {
        while true {
            try await hangup.wait(atMost: Self.interval, on: loop)
            let isAsked = hangup.take()
            try await BlockingThread.run { self.look(isAsked: isAsked) }
        }
    }

    /// For an alert before a certificate ends. A client's own certificate is the server's, so one will do.
    private func showExpiry(_ context: TLSContext) {
        guard let expiry = context.certificateExpirySeconds else { return }
        metrics.gauge(
            "till_tls_certificate_expiry_seconds",
            help: "When the certificate in use ends, in seconds since 1970."
        ).set(Double(expiry))
    }

    private static func stamps(_ context: TLSContext) -> [Stamp] {
        context.files.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return Stamp() }
            return Stamp(
                device: UInt(status.st_dev), file: UInt(status.st_ino), bytes: Int(status.st_size),
                seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        }
    }

    /// A log has no free text: `reason` keeps its words joined.
    private static func name(_ failure: TLSFailure) -> String {
        guard case .configuration(let file, let reason) = failure else { return "handshake" }
        return "\(file):\(reason)".split(separator: " ").joined(separator: "_")
    }
}
