// One metric with all its series, and how it is printed. Kept apart from the instruments so that they stay
// small.
import Synchronization

final class MetricFamily: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    struct Series {
        var value = 0.0
        var counts: [Int] = []
        var count = 0

        mutating func observe(_ seconds: Double, _ buckets: [Double]) {
            if counts.isEmpty { counts = [Int](repeating: 0, count: buckets.count) }
            if let bucket = buckets.firstIndex(where: { seconds <= $0 }) { counts[bucket] += 1 }
            count += 1
            value += seconds
        }
    }

    let name: String
    let help: String
    let kind: Kind
    let labels: [String]
    let buckets: [Double]
    private let series: Mutex<[[String]: SeriesCell]>

    init(name: String, help: String, kind: Kind, labels: [String], buckets: [Double]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.buckets = buckets
        // A metric without labels is printed from the start: a counter that is absent cannot be told from
        // one that is 0.
        series = Mutex(labels.isEmpty ? [[]: SeriesCell()] : [:])
    }

    /// The cell of these label values; nil once the family is full.
    func cell(_ values: [String]) -> SeriesCell? {
        precondition(values.count == labels.count, "\(name) takes \(labels.count) label values")
        return series.withLock { series in
            if let known = series[values] { return known }
            if series.count >= Metrics.seriesMax { return nil }
            let made = SeriesCell()
            series[values] = made
            return made
        }
    }

    func change(_ values: [String], _ body: (inout Series) -> Void) { cell(values)?.change(body) }

    func render() -> String {
        var text = "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        let all = series.withLock { $0 }.mapValues(\.value).sorted {
            $0.key.lexicographicallyPrecedes($1.key)
        }
        for (values, one) in all {
            let pairs = zip(labels, values).map { "\($0)=\"\(escaped($1))\"" }
            switch kind {
            case .counter, .gauge: text += "\(name)\(braced(pairs)) \(number(one.value))\n"
            case .histogram: text += histogram(pairs, one)
            }
        }
        return text
    }

    private func histogram(_ pairs: [String], _ one: Series) -> String {
        var text = "", sum = 0
        for (index, bound) in buckets.enumerated() {
            sum += index < one.counts.count ? one.counts[index] : 0
            text += "\(name)_bucket\(braced(pairs + ["le=\"\(number(bound))\""])) \(sum)\n"
        }
        text += "\(name)_bucket\(braced(pairs + ["le=\"+Inf\""])) \(one.count)\n"
        text += "\(name)_sum\(braced(pairs)) \(number(one.value))\n"
        return text + "\(name)_count\(braced(pairs)) \(one.count)\n"
    }

    private func braced(_ pairs: [String]) -> String {
        pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}"
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

/// One series, found once and kept by who changes it often.
final class SeriesCell: Sendable {
    private let series = Mutex(MetricFamily.Series())
    var value: MetricFamily.Series { series.withLock { $0 } }
    func change(_ body: (inout MetricFamily.Series) -> Void) { series.withLock { body(&$0) } }
}
