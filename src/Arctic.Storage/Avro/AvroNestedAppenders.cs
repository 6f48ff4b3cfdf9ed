using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Avro;

/// <summary>The members of a record in the order of their bytes; those that nobody asks for are passed over (<see cref="AvroSkips"/>).</summary>
internal sealed class MembersAppender(AvroAppender[] members) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        foreach (var member in members)
        {
            member.Append(ref decoder);
        }
    }
}

/// <summary>A record as a row.</summary>
internal sealed class RowAppender(RowColumnBuilder column, MembersAppender members) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        members.Append(ref decoder);
        column.EndRow();
    }
}

internal sealed class ListAppender(ListColumnBuilder column, AvroAppender element, bool isEmptyPossible) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        int count;
        while ((count = AvroItems.ReadCount(ref decoder, isEmptyPossible, column.Elements.Length)) > 0)
        {
            for (; count > 0; count--)
            {
                element.Append(ref decoder);
            }
        }

        column.EndList();
    }
}

/// <summary>A map with string keys, or an array of keys and values.</summary>
internal sealed class MapAppender(MapColumnBuilder column, AvroAppender key, AvroAppender value, bool isEmptyPossible) : AvroAppender
{
    public override void Append(ref AvroDecoder decoder)
    {
        int count;
        while ((count = AvroItems.ReadCount(ref decoder, isEmptyPossible, column.Keys.Length)) > 0)
        {
            for (; count > 0; count--)
            {
                key.Append(ref decoder);
                value.Append(ref decoder);
            }
        }

        column.EndMap();
    }
}

/// <summary>Counts of items that are to be kept.</summary>
internal static class AvroItems
{
    // Items without bytes (nulls, records without members) cost nothing to claim.
    private const int EmptyItemsMax = 1 << 26;

    /// <summary>The items of the next stretch; 0 at the end.</summary>
    /// <param name="isEmptyPossible">Whether an item may take no byte at all.</param>
    /// <param name="known">The items of the column so far.</param>
    public static int ReadCount(ref AvroDecoder decoder, bool isEmptyPossible, int known)
    {
        if (!isEmptyPossible)
        {
            return decoder.ReadItemCount();
        }

        var count = decoder.ReadLong();
        if (count < 0)
        {
            _ = decoder.ReadLong();
            count = -count;
        }

        return count >= 0 && count <= EmptyItemsMax - known
            ? (int)count
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"An Avro array claims {count} items without a byte, after {known} others.");
    }

    /// <summary>Whether a value may take no byte.</summary>
    public static bool MayBeEmpty(AvroSchema schema) => schema switch
    {
        AvroSchema.Primitive { Kind: AvroKind.Null } or AvroSchema.Fixed { Size: 0 } => true,
        AvroSchema.Record record => record.Fields.All(f => MayBeEmpty(f.Type)),
        _ => false,
    };
}
