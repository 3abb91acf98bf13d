// The hourly broom: removes refused callbacks whose time is over, in small pieces so that it never holds the
// table.
import EventLoop
import Observe
import World

struct CallbackKeeper: Sendable {
    private static let interval = Duration.seconds(3_600)
    private static let pieceMax = 1_000

    let store: CallbackStore
    let loop: EventLoop
    let log: Log

    /// Until cancelled. A database that does not answer is tried again in an hour: nothing depends on this.
    func run() async throws {
        while true {
            do {
                var gone = 0, last = 0
                repeat {
                    last = try await store.forget(atMost: Self.pieceMax)
                    gone += last
                } while last == Self.pieceMax
                if gone > 0 { log.info("callbacks.forgotten", ["count": .int(gone)]) }
            } catch is CancellationError { throw CancellationError() } catch {
                log.warn("callbacks.notForgotten", ["error": .name("\(type(of: error))")])
            }
            try await loop.sleep(for: Self.interval)
        }
    }
}
