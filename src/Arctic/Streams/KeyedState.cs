using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;
using Arctic.Iceberg.Mapping;

namespace Arctic.Streams;

/// <summary>Something that a <see cref="KeyedProcessFunction{TKey, T, TResult}"/> keeps of each key; reading and writing mean the key of the row or timer that is being processed.</summary>
public abstract class KeyedState
{
    private protected KeyedState()
    {
    }

    /// <summary>Forgets what is kept of the current key.</summary>
    public abstract void Clear();

    /// <summary>The bytes that the state may hold, estimated: those of values as a checkpoint has them, twice.</summary>
    internal abstract long BytesUsed { get; }

    /// <summary>Whether something is kept of a key.</summary>
    internal abstract bool Has(int keyId);

    /// <summary>Forgets what is kept of a key.</summary>
    internal abstract void Forget(int keyId);

    internal abstract ValueTask SaveAsync(IStateWriter writer, RowTable keys, int maxParallelism, CancellationToken cancellationToken);

    internal abstract ValueTask LoadAsync(IStateReader restored, RowTable keys, string operatorName, CancellationToken cancellationToken);
}

/// <summary>
/// State that is some items a key: how it is written. Each key group has a version, the columns of the items as text, and for each key its bytes, the number of items, and these as rows of bytes. The
/// columns are those that the items would have in a table; a restore into other columns is refused.
/// </summary>
public abstract class ItemState<TItem> : KeyedState
{
    private const byte StateVersion = 1;
    private const int ItemBytesAtFirst = 64;

    private readonly string _name;
    private readonly CurrentKey _current;
    private readonly string _columns;
    private readonly RowMapping<TItem> _write;
    private readonly RowMapping<TItem> _read;
    private readonly RowCodec _codec;
    private readonly EncodedRows _encoded = new();
    private long _itemBytes = ItemBytesAtFirst;

    private protected ItemState(string name, CurrentKey current)
    {
        (_name, _current) = (name, current);
        var schema = RowMapping<TItem>.NaturalSchema;
        _columns = schema.ToString();
        _write = RowMapping<TItem>.Of(schema, MappingUse.Write, $"the state '{name}'");
        _read = RowMapping<TItem>.Of(schema, MappingUse.Read, $"the state '{name}'");
        _codec = new RowCodec(schema.Fields.Select(f => f.Type));
    }

    /// <inheritdoc/>
    public override void Clear() => Forget(_current.Id);

    /// <inheritdoc/>
    internal override long BytesUsed => ItemCount * _itemBytes;

    /// <summary>The key that is being processed.</summary>
    private protected int KeyId => _current.Id;

    /// <summary>The number of all items.</summary>
    private protected abstract long ItemCount { get; }

    /// <summary>Adds the items of a key to a list.</summary>
    private protected abstract void CopyItems(int keyId, List<TItem> target);

    /// <summary>Takes an item of a checkpoint in.</summary>
    private protected abstract void AddItem(int keyId, TItem item);

    internal override ValueTask SaveAsync(IStateWriter writer, RowTable keys, int maxParallelism, CancellationToken cancellationToken)
    {
        var items = new List<TItem>();
        var starts = new List<(int KeyId, int Start, int End)>();
        foreach (var id in keys.LiveIds.Where(Has))
        {
            var start = items.Count;
            CopyItems(id, items);
            starts.Add((id, start, items.Count));
        }

        _codec.Encode(_write.Encode([.. items], items.Count), BatchRows.All(items.Count), _encoded);
        _itemBytes = items.Count == 0 ? ItemBytesAtFirst : (2 * _encoded.Data.Length / items.Count) + IntPtr.Size;
        return SaveAsync(writer, keys, starts, maxParallelism, cancellationToken);
    }

    internal override async ValueTask LoadAsync(IStateReader restored, RowTable keys, string operatorName, CancellationToken cancellationToken)
    {
        await foreach (var (_, content) in restored.ReadKeyGroupsAsync(StateName, cancellationToken).ConfigureAwait(false))
        {
            Load(content.Span, keys, operatorName);
        }
    }

    private string StateName => $"user:{_name}";

    private async ValueTask SaveAsync(IStateWriter writer, RowTable keys, List<(int KeyId, int Start, int End)> starts, int maxParallelism, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        foreach (var group in starts.GroupBy(s => KeyGroups.Of(keys.Hash(s.KeyId), maxParallelism)))
        {
            buffer.Clear();
            buffer.WriteByte(StateVersion);
            buffer.WriteBytes(Encoding.UTF8.GetBytes(_columns));
            foreach (var (keyId, start, end) in group)
            {
                buffer.WriteBytes(keys.Row(keyId));
                buffer.WriteInt32(end - start);
                for (var i = start; i < end; i++)
                {
                    buffer.WriteBytes(_encoded[i]);
                }
            }

            await writer.WriteKeyGroupAsync(StateName, group.Key, buffer.Written, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Load(ReadOnlySpan<byte> content, RowTable keys, string operatorName)
    {
        var source = new StateBytes(content, operatorName);
        source.ReadVersion(StateVersion);
        var columns = Encoding.UTF8.GetString(source.ReadBytes());
        if (columns != _columns)
        {
            throw new ArcticException(ErrorCodes.PlanChanged, $"The state '{_name}' of '{operatorName}' in the checkpoint has the columns {columns}, and the function's type has {_columns}.")
            {
                Hint = "Keep the type as it was and add a state of another name, or give the job another name to start it anew.",
            };
        }

        var ids = new List<int>();
        var rows = new List<byte[]>();
        while (!source.IsAtEnd)
        {
            var key = source.ReadBytes();
            var id = keys.FindOrAdd(EncodedRows.Hash(key), key, 0, out _);
            for (var count = source.ReadInt32(); count > 0; count--)
            {
                ids.Add(id);
                rows.Add(source.ReadBytes().ToArray());
            }
        }

        var items = new TItem[rows.Count];
        _read.Decode(_codec.Decode(rows), items.Length, items);
        for (var i = 0; i < items.Length; i++)
        {
            AddItem(ids[i], items[i]);
        }
    }
}

/// <summary>Which key is being processed.</summary>
internal sealed class CurrentKey
{
    public int Id { get; set; }
}
