// What a log line holds and, more to the point, what it cannot hold; and the text that Prometheus reads.
import Observe
import Synchronization
import Testing
import World

private final class Lines: Sendable {
    private let all = Mutex<[String]>([])
    func add(_ bytes: [UInt8]) { all.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
    var text: String { all.withLock { $0.joined() } }
}

@Suite struct `A log` {
    private let lines = Lines()
    private var log: Log {
        Log(service: "notifier", world: SeededWorld(seed: 1, now: Timestamp(seconds: 0)).world) { [lines] in
            lines.add($0)
        }
    }

    @Test func `is one JSON object a line with the ids of its request`() {
        let context = RequestContext(requestID: "req_1", traceID: "t", spanID: "s")
        RequestContext.$current.withValue(context) {
            log.info(
                "message.sent",
                ["messageId": .id("msg_1"), "ms": .ms(.microseconds(1_050)), "retry": .flag(false)])
        }
        #expect(
            lines.text == """
                {"ts":"1970-01-01T00:00:00Z","level":"info","service":"notifier","what":"message.sent",\
                "requestId":"req_1","traceId":"t","messageId":"msg_1","ms":1.050,"retry":false}

                """)
    }

    @Test func `cannot be broken out of or filled by an id from outside`() {
        log.warn("x", ["id": .id("a\"},{\"b\n\u{202E}é" + String(repeating: "z", count: 200))])
        #expect(lines.text.split(separator: "\n").count == 1)
        #expect(!lines.text.contains("\"b"))
        #expect(lines.text.utf8.count < 250)
    }

    @Test func `cannot be filled by whoever causes one line over and over, and says how many it left out`() {
        let clock = Mutex<Int64>(5)
        let world = World(
            now: { Timestamp(seconds: 0) }, monotonic: { clock.withLock { $0 } },
            randomBytes: { Array(repeating: 0, count: $0) })
        let lines = Lines()
        let log = Log(service: "ingress", world: world) { lines.add($0) }
        let pace = LinePace(perSecond: 5, burst: 10)
        for _ in 0..<1_000 { log.line(.warn, "webhook.refused", ["signature": .word("wrong")], at: pace) }
        #expect(lines.text.split(separator: "\n").count == 10 && !lines.text.contains("leftOut"))
        // An hour of it, a hundred a second.
        for _ in 0..<3_600 {
            clock.withLock { $0 += 1_000_000_000 }
            for _ in 0..<100 { log.line(.warn, "webhook.refused", at: pace) }
        }
        let all = lines.text.split(separator: "\n")
        #expect(all.count == 10 + 5 * 3_600 && lines.text.utf8.count < 3_000_000)
        #expect(all[10].hasSuffix(#""what":"webhook.refused","leftOut":990}"#), "\(all[10])")
        #expect(all[15].hasSuffix(#""leftOut":95}"#), "\(all[15])")
        // Other lines, and those of another pace, are not its business.
        log.warn("events.notKept")
        log.line(.warn, "handshake.refused", at: LinePace())
        #expect(lines.text.split(separator: "\n").count == all.count + 2)
        // A clock that went back, or a night without any, refills to the brim and no further.
        clock.withLock { $0 = .max }
        for _ in 0..<100 { log.line(.warn, "webhook.refused", at: pace) }
        clock.withLock { $0 = 0 }
        for _ in 0..<100 { log.line(.warn, "webhook.refused", at: pace) }
        #expect(lines.text.split(separator: "\n").count == all.count + 12)
        // A line below the level takes nothing from the pace.
        let quiet = LinePace(perSecond: 5, burst: 1)
        log.line(.debug, "x", at: quiet)
        log.line(.warn, "y", at: quiet)
        #expect(lines.text.contains(#""what":"y"}"#))
    }

    @Test func `keeps silent below its level`() {
        log.debug("x")
        #expect(lines.text.isEmpty)
    }
}

@Suite struct `A request context` {
    private let world = SeededWorld(seed: 3).world

    @Test func `takes over well-formed ids and replaces others`() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let kept = RequestContext(requestID: "req_abc", traceparent: trace, world: world)
        #expect(kept.requestID == "req_abc")
        #expect(kept.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(kept.spanID != "b7ad6b7169203331")
        for bad in [
            "", "00-0-0-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "zz" + trace.dropFirst(2),
        ] {
            #expect(RequestContext(requestID: nil, traceparent: bad, world: world).traceID.utf8.count == 32)
        }
        #expect(RequestContext(requestID: "a b", traceparent: nil, world: world).requestID.hasPrefix("req_"))
    }
}

@Suite struct `A page of metrics` {
    @Test func `print what Prometheus reads`() {
        let metrics = Metrics()
        metrics.counter("till_x_total", help: "Xs.", labels: ["kind"]).add(2, ["a\"b"])
        metrics.histogram("till_y_seconds", help: "Ys.", buckets: [0.1, 1]).observe(.milliseconds(500))
        #expect(
            metrics.render() == """
                # HELP till_x_total Xs.
                # TYPE till_x_total counter
                till_x_total{kind="a\\"b"} 2
                # HELP till_y_seconds Ys.
                # TYPE till_y_seconds histogram
                till_y_seconds_bucket{le="0.1"} 0
                till_y_seconds_bucket{le="1"} 1
                till_y_seconds_bucket{le="+Inf"} 1
                till_y_seconds_sum 0.5
                till_y_seconds_count 1

                """)
    }

    @Test func `take a number that the kernel counts as a counter that never goes back`() {
        let metrics = Metrics()
        let counter = metrics.counter("till_v_seconds_total", help: "Vs.")
        counter.raise(to: 1.5)
        counter.raise(to: 1.25)
        #expect(metrics.render().hasSuffix("# TYPE till_v_seconds_total counter\ntill_v_seconds_total 1.5\n"))
    }

    @Test func `do not grow without end when a label is misused`() {
        let metrics = Metrics()
        let counter = metrics.counter("till_z_total", help: "Zs.", labels: ["id"])
        for index in 0..<5_000 { counter.add(1, [String(index)]) }
        #expect(metrics.render().split(separator: "\n").count <= 1_002)
    }
}
