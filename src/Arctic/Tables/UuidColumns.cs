using System.Runtime.CompilerServices;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Sql.Logical;

namespace Arctic.Tables;

/// <summary>UUIDs, which SQL has no type for, as people write them: <c>f79c3e09-677c-4bbd-a479-3f349cb785e7</c>.</summary>
internal static class UuidColumns
{
    private const int Size = 16;
    private const int TextLength = 36;

    /// <summary>The columns with uuids as texts.</summary>
    public static RowSchema AsTexts(IReadOnlyList<NestedField> fields) => new(fields.Select(f => f.Type is IcebergType.Uuid ? TextOf(TypeMapping.ToField(f)) : TypeMapping.ToField(f)));

    /// <summary>A condition over <see cref="AsTexts"/> as one over the bytes that are stored.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: a uuid is compared with what is none.</exception>
    public static Expression ToBytes(Expression condition, IReadOnlyList<NestedField> fields)
    {
        bool IsUuid(Expression part) => part is Expression.ColumnReference c && fields[c.Index].Type is IcebergType.Uuid;
        Expression Argument(Expression part) => part switch
        {
            Expression.ColumnReference c when IsUuid(c) => c with { Type = TypeMapping.ToField(fields[c.Index]).Type },
            Expression.Literal { Value: string text } => BytesOf(text),
            Expression.Cast { Operand: Expression.Literal { Value: string text } } => BytesOf(text),
            _ => part,
        };
        return ExpressionTree.Rewrite(condition, part => part is Expression.Call call && call.Arguments.Any(IsUuid) ? call.Function.Bind(call.Arguments.Select(Argument).ToArray()) : null);
    }

    /// <summary>Batches with uuids as texts.</summary>
    /// <param name="fields">Their columns.</param>
    public static async IAsyncEnumerable<ChangeBatch> ToTextsAsync(
        IAsyncEnumerable<ChangeBatch> batches, IReadOnlyList<NestedField> fields, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var schema = AsTexts(fields);
        await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            ChangeBatch result;
            using (batch)
            {
                result = batch.WithColumns(schema, batch.Columns.Select((c, i) => fields[i].Type is IcebergType.Uuid ? ToTexts(c, schema[i].Type) : c).ToArray());
            }

            yield return result;
        }
    }

    private static Field TextOf(Field field) => field with { Type = DataTypes.String.WithNullability(field.Type.IsNullable) };

    private static Expression.Literal BytesOf(string text) => Guid.TryParse(text, out var uuid)
        ? new Expression.Literal(new EquatableList<byte>(uuid.ToByteArray(bigEndian: true)), new DataType.Binary(Size).AsNotNull())
        : throw new ArcticException(ErrorCodes.TypeMismatch, $"'{text}' is compared with a uuid, and is none.") { Hint = "Write it as f79c3e09-677c-4bbd-a479-3f349cb785e7." };

    private static Column ToTexts(Column column, DataType type)
    {
        if (column.ToDense() is not BytesColumn uuids)
        {
            return ColumnBuilder.NullsOf(type, column.Length);
        }

        var offsets = new int[uuids.Length + 1];
        var data = new byte[uuids.Length * TextLength];
        Span<char> text = stackalloc char[TextLength];
        var used = 0;
        for (var i = 0; i < uuids.Length; i++)
        {
            if (!uuids.IsNull(i))
            {
                new Guid(uuids[i], bigEndian: true).TryFormat(text, out _);
                used += Encoding.ASCII.GetBytes(text, data.AsSpan(used));
            }

            offsets[i + 1] = used;
        }

        return new BytesColumn(type, offsets, data.AsMemory(0, used), uuids.Validity);
    }
}
