// The program `callback-receiver`. Nothing but the start of the service.
import CallbackReceiver
import Lifecycle

await Program.run(name: "callback-receiver", schema: CallbackReceiverSchema.schema) { setup in
    try await CallbackReceiverService.start(setup)
}
