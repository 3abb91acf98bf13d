// Which contact of a change is whose: looked for one after the other where they are few, as they nearly always are,
// and by name where they are many, or a delivery of as many people as messages would cost their product.
import JSONWire

struct ContactIndex {
    /// So many are compared faster than a table is made.
    static let linearMax = 16

    private let scanner: JSONScanner
    private let contacts: [ContactPlace]
    private var byUser: [[UInt8]: Int] = [:]
    private var byPhone: [[UInt8]: Int] = [:]

    init(_ contacts: [ContactPlace], in scanner: JSONScanner) {
        self.scanner = scanner
        self.contacts = contacts
        guard contacts.count > Self.linearMax else { return }
        byUser = Self.table(contacts.map(\.userId), in: scanner)
        byPhone = Self.table(contacts.map(\.waId), in: scanner)
    }

    /// The place of each name; of two of one name the first counts.
    private static func table(_ names: [JSONText?], in scanner: JSONScanner) -> [[UInt8]: Int] {
        var places: [[UInt8]: Int] = [:]
        for (index, name) in names.enumerated() {
            guard let name else { continue }
            let bytes = scanner.decodedBytes(name)
            if places[bytes] == nil { places[bytes] = index }
        }
        return places
    }

    /// The contact of this person: by user id, then by phone; never by its place in the array. Where a
    /// delivery has one item and one contact and nothing contradicts, they belong together.
    func contact(_ phone: JSONText?, _ user: JSONText?, isAlone: Bool) -> ContactPlace? {
        if contacts.count > Self.linearMax {
            let found = user.flatMap { byUser[scanner.decodedBytes($0)] }
            return (found ?? phone.flatMap { byPhone[scanner.decodedBytes($0)] }).map { contacts[$0] }
        }
        if let user, let found = contacts.first(where: { same($0.userId, user) == true }) { return found }
        if let phone, let found = contacts.first(where: { same($0.waId, phone) == true }) { return found }
        guard isAlone, contacts.count == 1, let only = contacts.first else { return nil }
        return same(only.userId, user) == false || same(only.waId, phone) == false ? nil : only
    }

    /// Nil where one side is absent and there is nothing to compare.
    private func same(_ one: JSONText?, _ other: JSONText?) -> Bool? {
        guard let one, let other else { return nil }
        if one.isEscaped || other.isEscaped {
            return scanner.decodedBytes(one) == scanner.decodedBytes(other)
        }
        return scanner.bytes[one.range].elementsEqual(scanner.bytes[other.range])
    }
}
