// What reading one webhook costs: bytes to classified items, no socket and no database.
import EventLoop
import WhatsApp
import World

enum ParseBench {
    /// Microseconds of CPU for one webhook of about 860 bytes; the least of five rounds.
    static func run(_ requests: [[UInt8]]) -> (microseconds: Double, bytes: Int) {
        let bodies = requests.prefix(256).map(body)
        guard let first = bodies.first else { return (0, 0) }
        let rounds = 40
        var best = Double.infinity
        for _ in 0..<5 {
            let start = FloodLoad.threadMicroseconds()
            var items = 0
            for _ in 0..<rounds {
                for body in bodies { items += WebhookClassifier.items(in: body).count }
            }
            precondition(items == rounds * bodies.count, "each of them holds one message")
            best = min(best, (FloodLoad.threadMicroseconds() - start) / Double(rounds * bodies.count))
        }
        return (best, first.count)
    }

    private static func body(_ request: [UInt8]) -> [UInt8] {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        let start = (0..<(request.count - 4)).first { request[$0..<($0 + 4)].elementsEqual(end) } ?? 0
        return Array(request[(start + 4)...])
    }
}
