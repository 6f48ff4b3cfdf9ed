using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.UnitTests.Iceberg.Evolution;

/// <summary>A random life of a table beside its slow model: rows come and go while columns, partitions, order, version and branches change.</summary>
internal sealed class RandomHistory(Random random)
{
    private static readonly IcebergType[] Primitives =
    [
        IcebergTypes.Boolean, IcebergTypes.Int, IcebergTypes.Long, IcebergTypes.Float, IcebergTypes.Double, new IcebergType.Decimal(9, 2), new IcebergType.Decimal(20, 3), IcebergTypes.Date,
        IcebergTypes.Time, IcebergTypes.Timestamp, IcebergTypes.TimestampTz, IcebergTypes.String, IcebergTypes.Uuid, new IcebergType.Fixed(3), IcebergTypes.Binary,
    ];

    private readonly Dictionary<long, IReadOnlyList<SlowRow>> _rows = [];
    private int _names;
    private int _nextRow;

    public IcebergTable Table { get; private set; } = null!;

    public int Refused { get; private set; }

    public List<string> Log { get; } = [];

    /// <summary>The rows of a snapshot by the model.</summary>
    public IReadOnlyList<SlowRow> RowsOf(long? snapshotId) => snapshotId is { } id ? _rows[id] : [];

    public async Task StartAsync(int version)
    {
        var schema = new Schema(0, [new NestedField(1, "id", IcebergTypes.Int, true), new NestedField(2, "a", IcebergTypes.String, false), new NestedField(3, "s", new IcebergType.Struct([new NestedField(4, "x", IcebergTypes.Date, false), new NestedField(5, "y", IcebergTypes.Float, true)]), false)]);
        Table = await EvolutionTables.CreateAsync(schema, PartitionSpec.Unpartitioned, version, ("commit.manifest.min-count-to-merge", "4"));
    }

    public async Task StepAsync()
    {
        switch (random.Next(12))
        {
            case < 4:
                await AppendAsync();
                break;
            case 4 when Table.Metadata.FormatVersion > 1 && random.Next(2) == 0:
                await DeleteAsync();
                break;
            case 4 when random.Next(3) > 0:
                await DeleteByFilterAsync();
                break;
            case 4 or 5:
                await ChangeReferencesAsync();
                break;
            case 6:
                await TryAsync("partitions", t => ChangePartitions(t.UpdatePartitionSpec()));
                break;
            case 7 when random.Next(3) == 0 && Table.Metadata.FormatVersion < 3:
                await TryAsync("upgrade", t => t.UpgradeFormatVersion(Table.Metadata.FormatVersion + 1));
                break;
            case 7:
                await TryAsync("order", t => t.ReplaceSortOrder().Ascending(PickPrimitive()));
                break;
            default:
                await TryAsync("schema", t => ChangeSchema(t.UpdateSchema()));
                break;
        }
    }

    private Schema Current => Table.Metadata.CurrentSchema;

    private async Task AppendAsync()
    {
        var schema = Current;
        var rows = Enumerable.Range(0, random.Next(1, 6)).Select(_ => schema.Fields.Select(f => f.Id == 1 ? IdOf(f.Type, ++_nextRow) : ValueOf(f)).ToArray()).ToList();
        await using var writer = new PartitionedWriter(Table.Store, DataFileRequest.For(Table.Metadata), new DataLocations(Table.Metadata, Table.Catalog.Environment.NewUuid()).Next);
        using var batch = TestRows.Batch(schema.ToRowSchema(), rows);
        await writer.WriteAsync(batch, default);
        var files = await writer.CompleteAsync(default);
        var branch = PickBranch();
        await CommitRowsAsync(branch, t => t.Append().Add(files), old => [.. old, .. rows.Select(r => SlowRow.Of(schema, r))]);
        Log.Add($"append {rows.Count} rows to {branch}");
    }

    private async Task DeleteAsync()
    {
        var key = Current.FindField(1)!;
        var id = random.Next(1, _nextRow + 2);
        var request = new DataFileRequest
        {
            Schema = new Schema(0, [key]),
            Spec = Table.Metadata.FindSpec(0)!,
            NextLocation = () => $"memory:///w/db/t/data/delete-{++_names}.parquet",
            Content = FileContent.EqualityDeletes,
            EqualityIds = [1],
        };
        await using var writer = new DataFileWriter(Table.Store, request);
        using var batch = TestRows.Batch(request.Schema.ToRowSchema(), [[IdOf(key.Type, id)]]);
        await writer.WriteAsync(batch, default);
        var file = Assert.Single(await writer.CompleteAsync(default));
        var branch = PickBranch();
        await CommitRowsAsync(branch, t => t.RowDelta().AddDeletes(file), old => old.Where(r => Convert.ToInt64(r.Fields[1].Value) != id).ToList());
        Log.Add($"delete row {id} of {branch}");
    }

    private async Task DeleteByFilterAsync()
    {
        var id = random.Next(1, _nextRow + 2);
        var index = Current.Fields.ToList().FindIndex(f => f.Id == 1);
        var type = TypeMapping.ToField(Current.Fields[index]).Type;
        var function = random.Next(2) == 0 ? ScalarFunctions.Equals : ScalarFunctions.LessThan;
        var branch = Table.Metadata.Refs.ContainsKey("side") ? PickBranch() : SnapshotRef.MainBranch;
        var deletion = new RowDeletion
        {
            Filter = function.Bind([new Expression.ColumnReference(index, Current.Fields[index].Name, type), new Expression.Literal(IdOf(Current.Fields[index].Type, id), type.WithNullability(false))]),
            Schema = Current,
            Mode = random.Next(2) == 0 ? RowChangeMode.CopyOnWrite : RowChangeMode.MergeOnRead,
            Branch = branch,
        };
        var parent = Table.Metadata.FindSnapshot(branch)?.SnapshotId;
        var result = await new RowDeleter(Table, deletion).CommitAsync(default);
        Table = result.Table;
        var left = RowsOf(parent).Where(r => Convert.ToInt64(r.Fields[1].Value) is var key && !(function == ScalarFunctions.Equals ? key == id : key < id)).ToList();
        Log.Add($"delete {deletion.Filter} of {branch}: {deletion.Mode}, {RowsOf(parent).Count} rows became {left.Count}");
        if (result.SnapshotId is { } snapshot)
        {
            _rows[snapshot] = left;
        }
        else
        {
            Assert.Equal(RowsOf(parent).Count, left.Count);
        }
    }

    private async Task CommitRowsAsync(string branch, Action<Transaction> step, Func<IReadOnlyList<SlowRow>, IReadOnlyList<SlowRow>> change)
    {
        var parent = Table.Metadata.FindSnapshot(branch)?.SnapshotId ?? Table.Metadata.CurrentSnapshotId;
        var transaction = Table.NewTransaction().ToBranch(branch);
        step(transaction);
        Table = await transaction.CommitAsync();
        _rows[Table.Metadata.FindSnapshot(branch)!.SnapshotId] = change(RowsOf(parent));
    }

    private async Task ChangeReferencesAsync()
    {
        if (Table.Metadata.CurrentSnapshotId is not { } current)
        {
            return;
        }

        var line = Table.Metadata.AncestorsOf(current).ToList();
        var target = line[random.Next(line.Count)].SnapshotId;
        await TryAsync("references", t =>
        {
            var step = t.ManageSnapshots();
            _ = random.Next(4) switch
            {
                0 => step.RollbackTo(target),
                1 => step.CreateTag($"tag{++_names}", target),
                2 => step.FastForward("main", PickBranch()),
                _ => step.SetCurrentSnapshot(Table.Metadata.Snapshots[random.Next(Table.Metadata.Snapshots.Count)].SnapshotId),
            };
        });
    }

    private void ChangePartitions(UpdatePartitionSpec step)
    {
        var fields = Table.Metadata.DefaultSpec.Fields.Where(f => f.Transform is not Transform.Void).ToList();
        if (fields.Count > 0 && random.Next(3) == 0)
        {
            step.RemoveField(fields[random.Next(fields.Count)].Name);
        }
        else if (fields.Count > 0 && random.Next(4) == 0)
        {
            step.RenameField(fields[random.Next(fields.Count)].Name, $"part{++_names}");
        }
        else
        {
            Transform[] transforms = [new Transform.Identity(), new Transform.Bucket(3), new Transform.Truncate(2), new Transform.Year(), new Transform.Month(), new Transform.Day(), new Transform.Hour()];
            step.AddField(PickPrimitive(), transforms[random.Next(transforms.Length)], random.Next(2) == 0 ? $"part{++_names}" : null);
        }
    }

    private void ChangeSchema(UpdateSchema step)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var name = PickMember();
            switch (random.Next(9))
            {
                case < 3:
                    step.AddColumn(NewColumn());
                    break;
                case 3 when name != Current.FindFullName(1) && random.Next(2) == 0:
                    step.DropColumn(name);
                    return;
                case 3 or 4:
                    step.RenameColumn(name, $"r{++_names}");
                    return;
                case 5:
                    step.MoveFirst(name);
                    break;
                case 6:
                    step.MoveAfter(name, PickSibling(name));
                    break;
                case 7 when Table.Metadata.FormatVersion > 2 && Current.FindField(name)!.Type is { IsPrimitive: true } type and not IcebergType.Unknown:
                    step.SetWriteDefault(name, PrimitiveOf(type));
                    return;
                case 7:
                    step.MakeOptional(name);
                    break;
                default:
                    var widened = PickAny();
                    step.WidenColumn(widened, WiderThan(Current.FindField(widened)!.Type));
                    break;
            }
        }
    }

    private NewColumn NewColumn()
    {
        var structs = Current.FieldIds.Where(id => Current.FindField(id)!.Type is IcebergType.Struct).Select(id => Current.FindFullName(id)!).Append(null).Append(null).ToList();
        var type = TypeOf(0);
        var canDefault = Table.Metadata.FormatVersion > 2 && type.IsPrimitive && type is not IcebergType.Unknown;
        var value = canDefault && random.Next(2) == 0 ? PrimitiveOf(type) : null;
        return new NewColumn { Name = $"c{++_names}", Type = type, Parent = structs[random.Next(structs.Count)], Default = value, IsRequired = value is not null && random.Next(2) == 0 };
    }

    private IcebergType TypeOf(int depth) => random.Next(depth > 1 ? 6 : 10) switch
    {
        < 6 when Table.Metadata.FormatVersion > 2 && random.Next(6) == 0 => random.Next(2) == 0 ? IcebergTypes.Unknown : IcebergTypes.TimestampNs,
        < 6 => Primitives[random.Next(Primitives.Length)],
        6 or 7 => new IcebergType.Struct(Enumerable.Range(0, random.Next(1, 4)).Select(i => new NestedField(i, $"m{++_names}", StoredTypeOf(depth + 1), false)).ToEquatableList()),
        8 => new IcebergType.List(0, StoredTypeOf(depth + 1), random.Next(3) == 0),
        _ => new IcebergType.Map(0, IcebergTypes.String, 0, StoredTypeOf(depth + 1), false),
    };

    // Files store nothing of an unknown column, so it cannot be the only part of a type.
    private IcebergType StoredTypeOf(int depth) => TypeOf(depth) is var type && type is IcebergType.Unknown ? IcebergTypes.Int : type;

    private IcebergType WiderThan(IcebergType type) => type switch
    {
        IcebergType.Int => IcebergTypes.Long,
        IcebergType.Float => IcebergTypes.Double,
        IcebergType.Decimal d => new IcebergType.Decimal(Math.Min(38, d.Precision + 5), d.Scale),
        IcebergType.Date => random.Next(2) == 0 ? IcebergTypes.Timestamp : IcebergTypes.TimestampNs,
        IcebergType.Unknown => IcebergTypes.String,
        _ => IcebergTypes.Long,
    };

    private async Task TryAsync(string what, Action<Transaction> change)
    {
        var before = Table.MetadataLocation;
        try
        {
            var transaction = Table.NewTransaction();
            change(transaction);
            Table = await transaction.CommitAsync();
            Log.Add($"{what}: {Current}, spec {string.Join(",", Table.Metadata.DefaultSpec.Fields)}");
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.InvalidStatement || e.Code == ErrorCodes.UnknownName || e.Code == ErrorCodes.FormatUnsupported)
        {
            // A random change may be one that is refused: then nothing has changed.
            Refused++;
            Log.Add($"{what} refused: {e.Message}");
            Assert.Equal(before, (await Table.LoadCurrentAsync(default)).MetadataLocation);
        }
    }

    private string PickBranch() => random.Next(5) == 0 ? "side" : SnapshotRef.MainBranch;

    private string PickPrimitive() => Pick(id => Current.FindField(id)!.Type.IsPrimitive && Current.FindField(id)!.Name is not ("element" or "key" or "value"));

    private string PickMember() => Pick(id => Current.FindField(id)!.Name is not ("element" or "key" or "value"));

    // Another field of the same struct where there is one: then the move is refused, too.
    private string PickSibling(string name)
    {
        var prefix = name[..(name.LastIndexOf('.') + 1)];
        var siblings = Current.FieldIds.Order().Select(id => Current.FindFullName(id)!).Where(n => n != name && n[..(n.LastIndexOf('.') + 1)] == prefix).ToList();
        return siblings.Count == 0 ? name : siblings[random.Next(siblings.Count)];
    }

    private string PickAny() => Pick(id => Current.FindField(id)!.Type.IsPrimitive);

    private string Pick(Func<int, bool> isWanted)
    {
        var names = Current.FieldIds.Order().Where(isWanted).Select(id => Current.FindFullName(id)!).ToList();
        return names[random.Next(names.Count)];
    }

    private static object IdOf(IcebergType type, int id) => type is IcebergType.Long ? (object)(long)id : id;

    private object? ValueOf(NestedField field) => !field.IsRequired && random.Next(5) == 0 ? null : ValueOf(field.Type);

    private object? ValueOf(IcebergType type) => type switch
    {
        IcebergType.Unknown => null,
        IcebergType.Struct s => s.Fields.Select(ValueOf).ToArray(),
        IcebergType.List l => Enumerable.Range(0, random.Next(4)).Select(_ => l.IsElementRequired ? ValueOf(l.Element) : ValueOf(new NestedField(0, "e", l.Element, false))).ToArray(),
        IcebergType.Map m => Enumerable.Range(0, random.Next(3)).Select(i => new[] { (object?)$"k{i}", ValueOf(new NestedField(0, "v", m.Value, m.IsValueRequired)) }).ToArray(),
        _ => PrimitiveOf(type),
    };

    private object PrimitiveOf(IcebergType type) => type switch
    {
        IcebergType.Boolean => random.Next(2) == 0,
        IcebergType.Int => random.Next(-50, 50),
        IcebergType.Date => random.Next(-20_000, 20_000),
        IcebergType.Long => random.NextInt64(-1000, 1000),
        IcebergType.Time => random.NextInt64(86_400_000_000),
        IcebergType.Timestamp or IcebergType.TimestampTz => random.NextInt64(-2_000_000_000_000_000, 2_000_000_000_000_000),
        IcebergType.TimestampNs => random.NextInt64(-2_000_000_000_000_000_000, 2_000_000_000_000_000_000),
        IcebergType.Float => (float)Math.Round(random.NextDouble() * 100, 3),
        IcebergType.Double => Math.Round(random.NextDouble() * 1000, 5),
        IcebergType.Decimal => (Int128)random.NextInt64(-999_999_999, 1_000_000_000),
        IcebergType.String => new string((char)('a' + random.Next(26)), random.Next(4)),
        IcebergType.Uuid => RandomBytes(16),
        IcebergType.Fixed f => RandomBytes(f.Length),
        IcebergType.Binary => RandomBytes(random.Next(5)),
        _ => throw new System.Diagnostics.UnreachableException(type.Name),
    };

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
