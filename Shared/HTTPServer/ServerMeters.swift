// What a server counts and the date it writes, each looked up once and kept, since every request needs them.
import HTTPWire
import Observe
import Synchronization

/// The instruments of one server, by route.
final class ServerMeters: Sendable {
    private struct RouteSeries {
        var seconds: HistogramSeries
        var statuses: [Int: CounterSeries] = [:]
    }

    private let name: String
    private let requests: Counter
    private let seconds: Histogram
    private let refusals: Counter
    private let routes = Mutex<[String: RouteSeries]>([:])
    private let date = Mutex<(seconds: Int64, text: String)>((.min, ""))

    init(name: String, metrics: Metrics) {
        self.name = name
        requests = metrics.counter(
            "till_http_requests_total", help: "Requests answered.", labels: ["server", "route", "status"])
        seconds = metrics.histogram(
            "till_http_request_seconds", help: "From the last byte of a request to its answer.",
            labels: ["server", "route"])
        refusals = metrics.counter(
            "till_http_refused_total", help: "Requests refused before they reached a handler.",
            labels: ["server", "status"])
    }

    /// A handler answered.
    func answered(_ pattern: String, _ status: Int, _ span: Duration) {
        let (time, count) = routes.withLock { routes in
            var route = routes[pattern] ?? RouteSeries(seconds: seconds.series([name, pattern]))
            let count = route.statuses[status] ?? requests.series([name, pattern, String(status)])
            if route.statuses[status] == nil {
                route.statuses[status] = count
                routes[pattern] = route
            }
            return (route.seconds, count)
        }
        time.observe(span)
        count.add()
    }

    /// A request did not reach a handler.
    func refused(_ status: Int) { refusals.add(1, [name, String(status)]) }

    /// A connection that dawdled gave its place to another.
    func displaced() { refusals.add(1, [name, "displaced"]) }

    /// The Date field of answers in this second.
    func dateText(unixSeconds: Int64) -> String {
        date.withLock { known in
            if known.seconds != unixSeconds { known = (unixSeconds, HTTPDate.imf(unixSeconds: unixSeconds)) }
            return known.text
        }
    }
}
