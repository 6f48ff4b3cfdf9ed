using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// Applies updates to metadata: a pure function of the metadata before, the updates and the time. Keeps the rules of the format that span members (sequence
/// numbers, row ids, the snapshot log). Not thread-safe.
/// </summary>
internal sealed class TableMetadataBuilder
{
    private readonly HashSet<long> _addedSnapshots = [];
    private long? _returnedTo;
    private TableMetadata _metadata;
    private int? _lastAddedSchemaId;
    private int? _lastAddedSpecId;
    private int? _lastAddedOrderId;

    private TableMetadataBuilder(TableMetadata metadata)
    {
        _metadata = metadata;
    }

    /// <summary>The metadata with all updates so far.</summary>
    public TableMetadata Current => _metadata;

    /// <summary>Starts from existing metadata.</summary>
    public static TableMetadataBuilder From(TableMetadata metadata) => new(metadata);

    /// <summary>Starts a new, empty table.</summary>
    public static TableMetadataBuilder Create(TableCreation creation, string location, Guid uuid, long nowMs)
    {
        var version = creation.FormatVersion;
        if (version is < 1 or > TableMetadata.MaxFormatVersion)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot create a table of format version {version}: versions 1 to {TableMetadata.MaxFormatVersion} are supported.");
        }

        TablePropertyRules.Check(creation.Properties, "create the table");
        ColumnRules.Check(creation.Schema, null, "create the table");
        SchemaRules.CheckVersion(creation.Schema, version, "create the table");
        SourceRules.Check(creation.PartitionSpec, creation.Schema, "create the table");
        SourceRules.Check(creation.SortOrder, creation.Schema, "create the table");
        var schema = creation.Schema.WithSchemaId(0);
        var spec = creation.PartitionSpec with { SpecId = 0 };
        EquatableList<SortOrder> orders = creation.SortOrder.Fields.Count == 0 ? [SortOrder.Unsorted] : [SortOrder.Unsorted, creation.SortOrder with { OrderId = 1 }];
        return new TableMetadataBuilder(new TableMetadata
        {
            FormatVersion = version,
            TableUuid = uuid,
            Location = location.TrimEnd('/'),
            LastUpdatedMs = nowMs,
            LastColumnId = schema.HighestFieldId,
            Schemas = [schema],
            CurrentSchemaId = 0,
            PartitionSpecs = [spec],
            DefaultSpecId = 0,
            LastPartitionId = Math.Max(spec.HighestFieldId, PartitionSpec.FirstFieldId - 1),
            SortOrders = orders,
            DefaultSortOrderId = orders[^1].OrderId,
            Properties = new Dictionary<string, string>(creation.Properties.Where(p => p.Key != TableProperties.FormatVersion)),
        });
    }

    /// <summary>Applies one update.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: the update contradicts the metadata.</exception>
    public TableMetadataBuilder Apply(TableUpdate update)
    {
        _metadata = update switch
        {
            TableUpdate.AssignUuid u => _metadata with { TableUuid = u.Uuid },
            TableUpdate.UpgradeFormatVersion u => Upgraded(u.FormatVersion),
            TableUpdate.AddSchema u => WithSchema(u.Schema),
            TableUpdate.SetCurrentSchema u => WithCurrentSchema(u.SchemaId),
            TableUpdate.AddSpec u => WithSpec(u.Spec),
            TableUpdate.SetDefaultSpec u => WithDefaultSpec(u.SpecId),
            TableUpdate.AddSortOrder u => WithSortOrder(u.SortOrder),
            TableUpdate.SetDefaultSortOrder u => WithDefaultSortOrder(u.OrderId),
            TableUpdate.AddSnapshot u => WithSnapshot(u.Snapshot),
            TableUpdate.SetSnapshotRef u => WithRef(u.Name, u.Reference),
            TableUpdate.RemoveSnapshots u => WithoutSnapshots(u.SnapshotIds.ToHashSet()),
            TableUpdate.RemoveSnapshotRef u => WithoutRef(u.Name),
            TableUpdate.SetLocation u => _metadata with { Location = u.Location.TrimEnd('/') },
            TableUpdate.SetProperties u => WithProperties(u.Updates, []),
            TableUpdate.RemoveProperties u => WithProperties(new Dictionary<string, string>(), u.Removals),
            TableUpdate.SetStatistics u => _metadata with { Statistics = [.. _metadata.Statistics.Where(s => s.SnapshotId != u.Statistics.SnapshotId), u.Statistics] },
            TableUpdate.RemoveStatistics u => _metadata with { Statistics = [.. _metadata.Statistics.Where(s => s.SnapshotId != u.SnapshotId)] },
            TableUpdate.SetPartitionStatistics u => _metadata with
            {
                PartitionStatistics = [.. _metadata.PartitionStatistics.Where(s => s.SnapshotId != u.Statistics.SnapshotId), u.Statistics],
            },
            TableUpdate.RemovePartitionStatistics u => _metadata with { PartitionStatistics = [.. _metadata.PartitionStatistics.Where(s => s.SnapshotId != u.SnapshotId)] },
            TableUpdate.RemovePartitionSpecs u => WithoutSpecs(u.SpecIds),
            TableUpdate.RemoveSchemas u => WithoutSchemas(u.SchemaIds),
            TableUpdate.AddEncryptionKey u => _metadata with { EncryptionKeys = [.. _metadata.EncryptionKeys.Where(k => k.KeyId != u.Key.KeyId), u.Key] },
            TableUpdate.RemoveEncryptionKey u => _metadata with { EncryptionKeys = [.. _metadata.EncryptionKeys.Where(k => k.KeyId != u.KeyId)] },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return this;
    }

    /// <summary>Applies updates in order.</summary>
    public TableMetadataBuilder Apply(IEnumerable<TableUpdate> updates)
    {
        foreach (var update in updates)
        {
            Apply(update);
        }

        return this;
    }

    /// <summary>The metadata to write.</summary>
    /// <param name="previousLocation">The metadata file before; it goes to the metadata log. Null for a new table.</param>
    /// <param name="previousUpdatedMs">When that file was written.</param>
    public TableMetadata Build(string? previousLocation, long previousUpdatedMs, long nowMs)
    {
        var log = _metadata.MetadataLog.ToList();
        if (previousLocation is not null && (log.Count == 0 || log[^1].MetadataFile != previousLocation))
        {
            log.Add(new MetadataLogEntry(previousUpdatedMs, previousLocation));
        }

        var max = Math.Max(1, TableProperties.ReadCommitInt(_metadata.Properties, TableProperties.PreviousVersionsMax, 100));

        // Clocks of writers differ: time in the metadata never goes back.
        var updatedMs = Math.Max(nowMs, Math.Max(_metadata.LastUpdatedMs, previousUpdatedMs));
        return _metadata with
        {
            LastUpdatedMs = updatedMs,
            SnapshotLog = _returnedTo is { } id && _metadata.SnapshotLog is { Count: > 0 } snapshots && snapshots[^1].SnapshotId == id
                ? [.. snapshots.Take(snapshots.Count - 1), new SnapshotLogEntry(Math.Max(updatedMs, snapshots[^1].TimestampMs), id)]
                : _metadata.SnapshotLog,
            MetadataLog = log.Skip(Math.Max(0, log.Count - max)).ToEquatableList(),
        };
    }

    private TableMetadata Upgraded(int version)
    {
        if (version < _metadata.FormatVersion || version > TableMetadata.MaxFormatVersion)
        {
            throw Invalid($"its format version cannot go from {_metadata.FormatVersion} to {version}");
        }

        return _metadata with { FormatVersion = version, TableUuid = _metadata.TableUuid ?? throw Invalid("it has no uuid; assign one before the upgrade") };
    }

    private TableMetadata WithSchema(Schema schema)
    {
        if (_metadata.Schemas.FirstOrDefault(s => s.SameAs(schema)) is { } same)
        {
            _lastAddedSchemaId = same.SchemaId;
            return _metadata;
        }

        SchemaRules.CheckVersion(schema, _metadata.FormatVersion, $"change the table at '{_metadata.Location}'");
        var id = _metadata.Schemas.Max(s => s.SchemaId) + 1;
        _lastAddedSchemaId = id;
        return _metadata with { Schemas = [.. _metadata.Schemas, schema.WithSchemaId(id)], LastColumnId = Math.Max(_metadata.LastColumnId, schema.HighestFieldId) };
    }

    private TableMetadata WithCurrentSchema(int schemaId)
    {
        var id = schemaId == TableUpdate.LastAdded ? _lastAddedSchemaId ?? throw Invalid("no schema was added") : schemaId;
        var schema = _metadata.FindSchema(id) ?? throw Invalid($"it has no schema {id}");
        var doing = $"make schema {id} the current one of the table at '{_metadata.Location}'";
        SourceRules.Check(_metadata.DefaultSpec, schema, doing);
        SourceRules.Check(_metadata.DefaultSortOrder, schema, doing);
        return _metadata with { CurrentSchemaId = id };
    }

    private TableMetadata WithSpec(PartitionSpec spec)
    {
        if (_metadata.PartitionSpecs.FirstOrDefault(s => s.IsCompatibleWith(spec)) is { } same)
        {
            _lastAddedSpecId = same.SpecId;
            return _metadata;
        }

        var id = _metadata.PartitionSpecs.Max(s => s.SpecId) + 1;
        _lastAddedSpecId = id;
        return _metadata with
        {
            PartitionSpecs = [.. _metadata.PartitionSpecs, spec with { SpecId = id }],
            LastPartitionId = Math.Max(_metadata.LastPartitionId, spec.HighestFieldId),
        };
    }

    private TableMetadata WithDefaultSpec(int specId)
    {
        var id = specId == TableUpdate.LastAdded ? _lastAddedSpecId ?? throw Invalid("no partition spec was added") : specId;
        var spec = _metadata.FindSpec(id) ?? throw Invalid($"it has no partition spec {id}");
        SourceRules.Check(spec, _metadata.CurrentSchema, $"partition the table at '{_metadata.Location}' by spec {id}");
        return _metadata with { DefaultSpecId = id };
    }

    private TableMetadata WithSortOrder(SortOrder order)
    {
        if (_metadata.SortOrders.FirstOrDefault(o => o.Fields.Equals(order.Fields)) is { } same)
        {
            _lastAddedOrderId = same.OrderId;
            return _metadata;
        }

        var id = order.Fields.Count == 0 ? 0 : _metadata.SortOrders.Max(o => o.OrderId) + 1;
        _lastAddedOrderId = id;
        return _metadata with { SortOrders = [.. _metadata.SortOrders, order with { OrderId = id }] };
    }

    private TableMetadata WithDefaultSortOrder(int orderId)
    {
        var id = orderId == TableUpdate.LastAdded ? _lastAddedOrderId ?? throw Invalid("no sort order was added") : orderId;
        var order = _metadata.SortOrders.FirstOrDefault(o => o.OrderId == id) ?? throw Invalid($"it has no sort order {id}");
        SourceRules.Check(order, _metadata.CurrentSchema, $"sort the table at '{_metadata.Location}' by order {id}");
        return _metadata with { DefaultSortOrderId = id };
    }

    private TableMetadata WithSnapshot(Snapshot snapshot)
    {
        if (_metadata.FindSnapshot(snapshot.SnapshotId) is not null)
        {
            throw Invalid($"it has a snapshot {snapshot.SnapshotId} already");
        }

        // A new root starts anew; any other snapshot must come after all others.
        if (_metadata.FormatVersion > 1 && snapshot.SequenceNumber <= _metadata.LastSequenceNumber && snapshot.ParentSnapshotId is not null)
        {
            throw Invalid($"snapshot {snapshot.SnapshotId} has sequence number {snapshot.SequenceNumber}, not above the last one, {_metadata.LastSequenceNumber}");
        }

        var nextRowId = _metadata.NextRowId;
        if (_metadata.FormatVersion > 2)
        {
            if (snapshot.FirstRowId is not { } first || snapshot.AddedRows is not { } added || first < nextRowId || added < 0)
            {
                throw Invalid($"snapshot {snapshot.SnapshotId} takes row ids from {snapshot.FirstRowId?.ToString(CultureInfo.InvariantCulture) ?? "nowhere"}, and the next free one is {nextRowId}");
            }

            nextRowId = first + added;
        }

        _addedSnapshots.Add(snapshot.SnapshotId);
        return _metadata with
        {
            Snapshots = [.. _metadata.Snapshots, snapshot],
            LastSequenceNumber = _metadata.FormatVersion == 1 ? 0 : Math.Max(_metadata.LastSequenceNumber, snapshot.SequenceNumber),
            LastUpdatedMs = Math.Max(_metadata.LastUpdatedMs, snapshot.TimestampMs),
            NextRowId = nextRowId,
        };
    }

    private TableMetadata WithRef(string name, SnapshotRef reference)
    {
        var snapshot = _metadata.FindSnapshot(reference.SnapshotId) ?? throw Invalid($"the reference '{name}' names snapshot {reference.SnapshotId}, which it lacks");
        var refs = new Dictionary<string, SnapshotRef>(_metadata.Refs) { [name] = reference };
        if (name != SnapshotRef.MainBranch)
        {
            return _metadata with { Refs = refs };
        }

        if (reference.Type != SnapshotRefType.Branch)
        {
            throw Invalid("'main' must be a branch");
        }

        if (_metadata.CurrentSnapshotId == reference.SnapshotId)
        {
            return _metadata with { Refs = refs };
        }

        // A snapshot of this commit is logged with its own time, a return to an older one with that of the commit; the log never goes back.
        _returnedTo = _addedSnapshots.Contains(snapshot.SnapshotId) ? null : snapshot.SnapshotId;
        var lastLogged = _metadata.SnapshotLog.Count > 0 ? _metadata.SnapshotLog[^1].TimestampMs : 0;
        var time = Math.Max(lastLogged, _addedSnapshots.Contains(snapshot.SnapshotId) ? snapshot.TimestampMs : _metadata.LastUpdatedMs);

        // Of several snapshots of one commit only the last one was ever seen by readers.
        var log = _metadata.SnapshotLog.Where(e => !_addedSnapshots.Contains(e.SnapshotId));
        return _metadata with { Refs = refs, CurrentSnapshotId = reference.SnapshotId, SnapshotLog = [.. log, new SnapshotLogEntry(time, reference.SnapshotId)] };
    }

    private TableMetadata WithoutRef(string name) => _metadata with
    {
        Refs = _metadata.Refs.Where(r => r.Key != name).ToDictionary(r => r.Key, r => r.Value),
        CurrentSnapshotId = name == SnapshotRef.MainBranch ? null : _metadata.CurrentSnapshotId,
    };

    private TableMetadata WithoutSnapshots(HashSet<long> ids)
    {
        if (_metadata.Refs.FirstOrDefault(r => ids.Contains(r.Value.SnapshotId)) is { Key: { } name })
        {
            throw Invalid($"the reference '{name}' names a snapshot that is to be removed");
        }

        // Entries before a removed one say nothing any more: the times between are not known.
        var log = _metadata.SnapshotLog.ToList();
        var lastRemoved = log.FindLastIndex(e => ids.Contains(e.SnapshotId));
        return _metadata with
        {
            Snapshots = _metadata.Snapshots.Where(s => !ids.Contains(s.SnapshotId)).ToEquatableList(),
            SnapshotLog = log.Skip(lastRemoved + 1).ToEquatableList(),
            Statistics = _metadata.Statistics.Where(s => !ids.Contains(s.SnapshotId)).ToEquatableList(),
            PartitionStatistics = _metadata.PartitionStatistics.Where(s => !ids.Contains(s.SnapshotId)).ToEquatableList(),
        };
    }

    private TableMetadata WithProperties(IReadOnlyDictionary<string, string> updates, EquatableList<string> removals)
    {
        var properties = new Dictionary<string, string>(_metadata.Properties);
        foreach (var (key, value) in updates)
        {
            properties[key] = value;
        }

        foreach (var key in removals)
        {
            properties.Remove(key);
        }

        return _metadata with { Properties = properties };
    }

    private TableMetadata WithoutSpecs(EquatableList<int> ids) => ids.Contains(_metadata.DefaultSpecId)
        ? throw Invalid($"partition spec {_metadata.DefaultSpecId} is the default and cannot be removed")
        : _metadata with { PartitionSpecs = _metadata.PartitionSpecs.Where(s => !ids.Contains(s.SpecId)).ToEquatableList() };

    private TableMetadata WithoutSchemas(EquatableList<int> ids) => ids.Contains(_metadata.CurrentSchemaId)
        ? throw Invalid($"schema {_metadata.CurrentSchemaId} is the current one and cannot be removed")
        : _metadata with { Schemas = _metadata.Schemas.Where(s => !ids.Contains(s.SchemaId)).ToEquatableList() };

    private ArcticException Invalid(string what) => new(ErrorCodes.InvalidStatement, $"Cannot change the table at '{_metadata.Location}': {what}.");
}
