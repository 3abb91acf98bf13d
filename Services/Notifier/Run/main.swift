// The notifier's program.
import Lifecycle
import Notifier

await Program.run(name: "notifier", schema: NotifierSchema.schema) { setup in
    try await NotifierService.start(setup)
}
