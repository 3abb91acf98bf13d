// The real clock and the real randomness, for programs. Everything else gets its World handed in.
import CLinux
import Sealing
import Synchronization
package import World

extension World {
    /// CLOCK_REALTIME, CLOCK_MONOTONIC and OpenSSL's generator, whose output is drawn in larger pieces
    /// because ids and trace ids take a few bytes at a time and many times per request.
    package static var live: World {
        let pool = RandomPool()
        return World(
            now: { Timestamp(microseconds: till_realtime_us()) }, monotonic: { till_monotonic_ns() },
            randomBytes: { pool.take($0) })
    }
}

private final class RandomPool: Sendable {
    private static let drawn = 4_096
    private let rest = Mutex<[UInt8]>([])

    func take(_ count: Int) -> [UInt8] {
        guard count <= 64 else { return Sealing.randomBytes(count) }
        return rest.withLock { rest in
            if rest.count < count { rest = Sealing.randomBytes(Self.drawn) }
            let bytes = Array(rest.suffix(count))
            rest.removeLast(count)
            return bytes
        }
    }
}
