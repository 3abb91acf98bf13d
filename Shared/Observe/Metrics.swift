// Counters, gauges and histograms in the Prometheus text format 0.0.4. Label values come from our own enums
// and codes, never from outside, so the number of series is bounded by the source; a bound holds all the
// same.
import Synchronization

/// All series of one process. Instruments are made once and kept; `render()` is what `/metrics` answers.
package final class Metrics: Sendable {
    /// A family grows no further series after this many, so that a mistake in labels cannot take memory.
    static let seriesMax = 1_000

    private let families = Mutex<[String: MetricFamily]>([:])

    package init() {}

    /// A number that only grows; its name ends in `_total`.
    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        Counter(family: family(name, help, .counter, labels, []))
    }

    /// A number that goes up and down.
    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        Gauge(family: family(name, help, .gauge, labels, []))
    }

    /// Seconds in buckets; its name ends in `_seconds`. The default buckets span 0.5 ms to 10 s.
    package func histogram(
        _ name: String, help: String, labels: [String] = [],
        buckets: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    ) -> Histogram {
        Histogram(family: family(name, help, .histogram, labels, buckets))
    }

    private func family(
        _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ labels: [String], _ buckets: [Double]
    ) -> MetricFamily {
        families.withLock { families in
            if let known = families[name] { return known }
            let made = MetricFamily(name: name, help: help, kind: kind, labels: labels, buckets: buckets)
            families[name] = made
            return made
        }
    }

    /// The whole page, families by name.
    package func render() -> String {
        families.withLock { Array($0.values) }.sorted { $0.name < $1.name }.map { $0.render() }.joined()
    }
}

package struct Counter: Sendable {
    fileprivate let family: MetricFamily
    /// Adds to the series of these label values, given in the order of the labels.
    package func add(_ amount: Int = 1, _ values: [String] = []) {
        family.change(values) { $0.value += Double(amount) }
    }

    /// Moves the series on to what somebody else has counted, the kernel for one; never back.
    package func raise(to value: Double, _ values: [String] = []) {
        family.change(values) { $0.value = max($0.value, value) }
    }

    /// The one series of these label values, for a path that counts by the ten thousand a second.
    package func series(_ values: [String]) -> CounterSeries { CounterSeries(cell: family.cell(values)) }
}

/// One series of a counter, looked up once.
package struct CounterSeries: Sendable {
    fileprivate let cell: SeriesCell?
    package func add(_ amount: Int = 1) { cell?.change { $0.value += Double(amount) } }
}

/// One series of a histogram, looked up once.
package struct HistogramSeries: Sendable {
    fileprivate let cell: SeriesCell?
    fileprivate let buckets: [Double]
    package func observe(_ span: Duration) {
        let (whole, attoseconds) = span.components
        let seconds = Double(whole) + Double(attoseconds) / 1e18
        cell?.change { $0.observe(seconds, buckets) }
    }
}

package struct Gauge: Sendable {
    fileprivate let family: MetricFamily
    package func set(_ value: Double, _ values: [String] = []) { family.change(values) { $0.value = value } }
    package func add(_ amount: Double, _ values: [String] = []) {
        family.change(values) { $0.value += amount }
    }
}

package struct Histogram: Sendable {
    fileprivate let family: MetricFamily
    package func observe(_ span: Duration, _ values: [String] = []) {
        let (whole, attoseconds) = span.components
        let seconds = Double(whole) + Double(attoseconds) / 1e18
        family.change(values) { $0.observe(seconds, self.family.buckets) }
    }

    /// The one series of these label values, for a path that measures by the ten thousand a second.
    package func series(_ values: [String]) -> HistogramSeries {
        HistogramSeries(cell: family.cell(values), buckets: family.buckets)
    }
}
