"""Component resources: one file per part. They place what `config` describes and know nothing of their siblings."""
