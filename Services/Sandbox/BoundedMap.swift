// A dictionary that forgets what was put in first, for tables that strangers can grow: tokens, message
// owners.

/// At most `entriesMax` entries; a new key pushes the oldest out. Writing a known key keeps its place.
struct BoundedMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    private var order: [Key] = []
    private var first = 0
    private let entriesMax: Int

    init(entriesMax: Int) { self.entriesMax = entriesMax }

    var count: Int { values.count }

    subscript(key: Key) -> Value? { values[key] }

    /// Sets the value; gives what was forgotten to make room.
    @discardableResult
    mutating func set(_ key: Key, _ value: Value) -> Value? {
        if values.updateValue(value, forKey: key) != nil { return nil }
        order.append(key)
        guard values.count > entriesMax else { return nil }
        let oldest = order[first]
        first += 1
        if first > 1_024, first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        return values.removeValue(forKey: oldest)
    }

    /// Changes the value of a known key in place; false when there is none.
    mutating func change(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard values[key] != nil else { return false }
        body(&values[key]!)
        return true
    }

    /// The kept keys, in no order.
    var keys: [Key] { Array(values.keys) }

    /// Forgets one key. Costs a walk: for rare orders of a test.
    mutating func remove(_ key: Key) {
        if values.removeValue(forKey: key) != nil, let at = order[first...].firstIndex(of: key) {
            order.remove(at: at)
        }
    }

    /// The kept values, oldest first.
    var all: [Value] { order[first...].compactMap { values[$0] } }

    /// The newest values, oldest of them first.
    func newest(_ limit: Int) -> [Value] { order[first...].suffix(limit).compactMap { values[$0] } }
}
