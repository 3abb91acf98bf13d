// One pass over a webhook body that remembers where things lie, not what they are: no tree, no copies. The
// classifier turns the places into items. A value of an unexpected type is stepped over and counts as absent,
// so that one odd member cannot cost a delivery.
import JSONWire

/// Where one element of `messages` or `statuses` lies, and the members that decide what it is.
struct ItemPlace {
    var range: Range<Int> = 0..<0
    var id: JSONText?
    var type: JSONText?
    var timestamp: Int64?
    var from: JSONText?
    var fromUser: JSONText?
    var group: JSONText?
    var status: JSONText?
    var recipient: JSONText?
    var recipientUser: JSONText?
    var recipientType: JSONText?
    var participant: JSONText?
    var participantUser: JSONText?
}

/// Where one element of `contacts` lies.
struct ContactPlace {
    var range: Range<Int> = 0..<0
    var waId: JSONText?
    var userId: JSONText?
}

/// Where the parts of one element of `changes` lie.
struct ChangePlace {
    var range: Range<Int> = 0..<0
    var field: JSONText?
    var value: Range<Int>?
    var phoneNumberId: JSONText?
    var contacts: [ContactPlace] = []
    var messages: [ItemPlace] = []
    var statuses: [ItemPlace] = []
    var errors: Range<Int>?
}

struct EntryPlace {
    var range: Range<Int> = 0..<0
    var id: JSONText?
    var time: Int64?
    var changes: [ChangePlace] = []
}

struct WebhookWalk {
    var scanner: JSONScanner
    private(set) var object: JSONText?
    private(set) var entries: [EntryPlace] = []

    init(_ body: [UInt8]) { scanner = JSONScanner(body, loneSurrogates: .replaced) }

    private enum Name {
        static let object: JSONName = "object"
        static let entry: JSONName = "entry"
        static let id: JSONName = "id"
        static let time: JSONName = "time"
        static let changes: JSONName = "changes"
        static let field: JSONName = "field"
        static let value: JSONName = "value"
        static let metadata: JSONName = "metadata"
        static let contacts: JSONName = "contacts"
        static let messages: JSONName = "messages"
        static let statuses: JSONName = "statuses"
        static let errors: JSONName = "errors"
        static let phoneNumberId: JSONName = "phone_number_id"
        static let waId: JSONName = "wa_id"
        static let userId: JSONName = "user_id"
        static let timestamp: JSONName = "timestamp"
        static let type: JSONName = "type"
        static let from: JSONName = "from"
        static let fromUser: JSONName = "from_user_id"
        static let group: JSONName = "group_id"
        static let status: JSONName = "status"
        static let recipient: JSONName = "recipient_id"
        static let recipientUser: JSONName = "recipient_user_id"
        static let recipientType: JSONName = "recipient_type"
        static let participant: JSONName = "recipient_participant_id"
        static let participantUser: JSONName = "recipient_participant_user_id"
    }

    /// Reads the whole body; throws when it is not one JSON text. A shape that is not a webhook is no error
    /// here.
    mutating func run() throws(JSONFailure) {
        guard try scanner.peek() == .object else {
            try scanner.skipValue()
            return try scanner.finish()
        }
        try scanner.enterObject()
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.entry) {
                try eachElement { (walk: inout WebhookWalk) throws(JSONFailure) in
                    let entry = try walk.entry()
                    walk.entries.append(entry)
                }
            } else if scanner.matches(name, Name.object) {
                var found = object
                try fill(&found)
                object = found
            } else {
                try scanner.skipValue()
            }
        }
        try scanner.finish()
    }

    /// Steps through an array; anything else in its place is stepped over.
    private mutating func eachElement(
        _ body: (inout WebhookWalk) throws(JSONFailure) -> Void
    ) throws(JSONFailure) {
        guard try scanner.peek() == .array else {
            try scanner.skipValue()
            return
        }
        try scanner.enterArray()
        while try scanner.nextElement() { try body(&self) }
    }

    /// True when an object was entered; anything else in its place is stepped over, and `range` is set to it.
    private mutating func enters(_ range: inout Range<Int>) throws(JSONFailure) -> Bool {
        guard try scanner.peek() == .object else {
            range = try scanner.skipValue()
            return false
        }
        range = scanner.position..<scanner.position
        try scanner.enterObject()
        return true
    }

    /// Takes a string that is not empty (senders have written "" for "absent") unless there is one already:
    /// of a name that occurs twice the first counts, as it does for `JSONValue`.
    private mutating func fill(_ place: inout JSONText?) throws(JSONFailure) {
        guard let text = try scanner.stringIfAny(), !text.isEmpty, place == nil else { return }
        place = text
    }

    /// Whole seconds, as a number or as a string: Meta writes both.
    private mutating func seconds() throws(JSONFailure) -> Int64? {
        if try scanner.peek() == .string {
            let text = try scanner.string()
            return text.isEscaped ? nil : scanner.int64(text.range)
        }
        return scanner.int64(try scanner.skipValue())
    }

    private mutating func entry() throws(JSONFailure) -> EntryPlace {
        var entry = EntryPlace()
        guard try enters(&entry.range) else { return entry }
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.id) {
                try fill(&entry.id)
            } else if scanner.matches(name, Name.time) {
                let time = try seconds()
                entry.time = entry.time ?? time
            } else if scanner.matches(name, Name.changes) {
                try eachElement { (walk: inout WebhookWalk) throws(JSONFailure) in
                    let change = try walk.change()
                    entry.changes.append(change)
                }
            } else {
                try scanner.skipValue()
            }
        }
        entry.range = entry.range.lowerBound..<scanner.position
        return entry
    }

    private mutating func change() throws(JSONFailure) -> ChangePlace {
        var change = ChangePlace()
        guard try enters(&change.range) else { return change }
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.field) {
                try fill(&change.field)
            } else if scanner.matches(name, Name.value), change.value == nil {
                try value(of: &change)
            } else {
                try scanner.skipValue()
            }
        }
        change.range = change.range.lowerBound..<scanner.position
        return change
    }

    private mutating func value(of change: inout ChangePlace) throws(JSONFailure) {
        var range = 0..<0
        guard try enters(&range) else { return change.value = range }
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.metadata) {
                try metadata(of: &change)
            } else if scanner.matches(name, Name.contacts) {
                try eachElement { (walk: inout WebhookWalk) throws(JSONFailure) in
                    let contact = try walk.contact()
                    change.contacts.append(contact)
                }
            } else if scanner.matches(name, Name.messages) {
                try eachElement { (walk: inout WebhookWalk) throws(JSONFailure) in
                    let message = try walk.item()
                    change.messages.append(message)
                }
            } else if scanner.matches(name, Name.statuses) {
                try eachElement { (walk: inout WebhookWalk) throws(JSONFailure) in
                    let status = try walk.item()
                    change.statuses.append(status)
                }
            } else if scanner.matches(name, Name.errors) {
                change.errors = try scanner.skipValue()
            } else {
                try scanner.skipValue()
            }
        }
        change.value = range.lowerBound..<scanner.position
    }

    private mutating func metadata(of change: inout ChangePlace) throws(JSONFailure) {
        var ignored = 0..<0
        guard try enters(&ignored) else { return }
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.phoneNumberId) {
                try fill(&change.phoneNumberId)
            } else {
                try scanner.skipValue()
            }
        }
    }

    private mutating func contact() throws(JSONFailure) -> ContactPlace {
        var contact = ContactPlace()
        guard try enters(&contact.range) else { return contact }
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.waId) {
                try fill(&contact.waId)
            } else if scanner.matches(name, Name.userId) {
                try fill(&contact.userId)
            } else {
                try scanner.skipValue()
            }
        }
        contact.range = contact.range.lowerBound..<scanner.position
        return contact
    }

    private mutating func item() throws(JSONFailure) -> ItemPlace {
        var item = ItemPlace()
        guard try enters(&item.range) else { return item }
        while let name = try scanner.nextName() {
            if scanner.matches(name, Name.id) {
                try fill(&item.id)
            } else if scanner.matches(name, Name.type) {
                try fill(&item.type)
            } else if scanner.matches(name, Name.timestamp) {
                let time = try seconds()
                item.timestamp = item.timestamp ?? time
            } else if scanner.matches(name, Name.from) {
                try fill(&item.from)
            } else if scanner.matches(name, Name.fromUser) {
                try fill(&item.fromUser)
            } else if scanner.matches(name, Name.status) {
                try fill(&item.status)
            } else if scanner.matches(name, Name.group) {
                try fill(&item.group)
            } else {
                try recipient(name, of: &item)
            }
        }
        item.range = item.range.lowerBound..<scanner.position
        return item
    }

    private mutating func recipient(_ name: JSONText, of item: inout ItemPlace) throws(JSONFailure) {
        if scanner.matches(name, Name.recipient) {
            try fill(&item.recipient)
        } else if scanner.matches(name, Name.recipientUser) {
            try fill(&item.recipientUser)
        } else if scanner.matches(name, Name.recipientType) {
            try fill(&item.recipientType)
        } else if scanner.matches(name, Name.participant) {
            try fill(&item.participant)
        } else if scanner.matches(name, Name.participantUser) {
            try fill(&item.participantUser)
        } else {
            try scanner.skipValue()
        }
    }
}
