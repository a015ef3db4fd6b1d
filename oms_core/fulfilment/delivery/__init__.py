"""How a document's files reach a partner, each exactly once: by folder, SFTP, S3 or HTTP.

    transport   what every way does: prepare (repeatable) -> commit (once) -> settle (after an unknown fate)
    routes      a partner's way as its profile in `partners.yaml` says it
    drop        files handed over by renaming: staged out of sight, seen only when whole
    folder, sftp   shelves that a drop stands on
    s3, http    ways with a partner's own rule about what is sent twice

Belongs here: the network and the disk. Does not belong here: what a file says (`fulfilment`), which are to be sent and
what became of them (`store.operations.outbox`), the order of the steps (`pipelines.fulfilment.delivering`).
"""
