using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>Truth values of a batch as two aligned bitmaps of words: where TRUE, and where FALSE; neither is NULL.</summary>
internal readonly struct TruthBits(ulong[] isTrue, ulong[] isFalse)
{
    public ulong[] IsTrue { get; } = isTrue;

    public ulong[] IsFalse { get; } = isFalse;

    public static TruthBits Of(Column column)
    {
        var length = column.Length;
        var count = (length + 63) >> 6;
        if (column is ConstantColumn or NullColumn)
        {
            var truth = new ulong[count];
            if (column.IsNull(0))
            {
                return new TruthBits(truth, new ulong[count]);
            }

            var ones = new ulong[count];
            ones.AsSpan().Fill(ulong.MaxValue);
            return ((BooleanColumn)((ConstantColumn)column).Value).Bits[0] ? new TruthBits(ones, truth) : new TruthBits(truth, ones);
        }

        var bits = Words(((BooleanColumn)column).Bits, length, count);
        var isFalse = new ulong[count];
        if (column.Validity.IsAllSet)
        {
            for (var i = 0; i < count; i++)
            {
                isFalse[i] = ~bits[i];
            }

            return new TruthBits(bits, isFalse);
        }

        var valid = Words(column.Validity, length, count);
        for (var i = 0; i < count; i++)
        {
            isFalse[i] = valid[i] & ~bits[i];
            bits[i] &= valid[i];
        }

        return new TruthBits(bits, isFalse);
    }

    public BooleanColumn ToColumn(DataType type, int length)
    {
        var bits = new Bitmap(ArrayMemory<ulong>.Of(IsTrue), 0);
        if (!type.IsNullable)
        {
            return new BooleanColumn(type, length, bits);
        }

        var valid = new ulong[IsTrue.Length];
        for (var i = 0; i < valid.Length; i++)
        {
            valid[i] = IsTrue[i] | IsFalse[i];
        }

        return new BooleanColumn(type, length, bits, length == 0 ? Bitmap.AllSet : new Bitmap(ArrayMemory<ulong>.Of(valid), 0));
    }

    private static ulong[] Words(Bitmap bits, int length, int count)
    {
        var words = new ulong[count];
        var target = MemoryMarshal.AsBytes(words.AsSpan());
        if (!bits.IsAllSet && (bits.Offset & 7) == 0)
        {
            bits.Bytes.Span.Slice(bits.Offset >> 3, Bitmap.BytesFor(length)).CopyTo(target);
        }
        else
        {
            bits.ToBytes(length).CopyTo(target);
        }

        return words;
    }
}

/// <summary>AND or OR of two conditions; the second is evaluated only where the first leaves the answer open.</summary>
internal sealed class LogicKernel(DataType type, IBatchExpression left, IBatchExpression right, bool isAnd, bool rightMayFail) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var length = input.ColumnLength;
        var a = TruthBits.Of(left.Evaluate(input));
        var open = input;
        if (rightMayFail)
        {
            var rows = SelectionMath.Where(input, isAnd ? a.IsFalse : a.IsTrue, isSet: false);
            if (rows.Length == 0)
            {
                return a.ToColumn(Type, length);
            }

            open = rows.Length == input.RowCount ? input : input.WithSelection(rows);
        }

        var b = TruthBits.Of(right.Evaluate(open));
        for (var i = 0; i < a.IsTrue.Length; i++)
        {
            // Where the right side was not evaluated its bits are undefined; the left side's decide there.
            if (isAnd)
            {
                (a.IsTrue[i], a.IsFalse[i]) = (a.IsTrue[i] & b.IsTrue[i], a.IsFalse[i] | b.IsFalse[i]);
            }
            else
            {
                (a.IsTrue[i], a.IsFalse[i]) = (a.IsTrue[i] | b.IsTrue[i], a.IsFalse[i] & b.IsFalse[i]);
            }
        }

        return a.ToColumn(Type, length);
    }
}

/// <summary>NOT, and the tests IS [NOT] TRUE and IS [NOT] FALSE.</summary>
internal sealed class TruthKernel(DataType type, IBatchExpression operand, TruthTest test) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var bits = TruthBits.Of(operand.Evaluate(input));
        var result = test switch
        {
            TruthTest.Not => new TruthBits(bits.IsFalse, bits.IsTrue),
            TruthTest.IsTrue => bits,
            TruthTest.IsFalse => new TruthBits(bits.IsFalse, bits.IsTrue),
            TruthTest.IsNotTrue => new TruthBits(Invert(bits.IsTrue), bits.IsTrue),
            _ => new TruthBits(Invert(bits.IsFalse), bits.IsFalse),
        };
        return result.ToColumn(Type, input.ColumnLength);
    }

    private static ulong[] Invert(ulong[] words)
    {
        var result = new ulong[words.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = ~words[i];
        }

        return result;
    }
}

/// <summary>What a <see cref="TruthKernel"/> asks.</summary>
internal enum TruthTest
{
    Not,
    IsTrue,
    IsNotTrue,
    IsFalse,
    IsNotFalse,
}

/// <summary>IS NULL and IS NOT NULL.</summary>
internal sealed class NullTestKernel(DataType type, IBatchExpression operand, bool isNot) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var length = input.ColumnLength;
        var column = operand.Evaluate(input);
        if (length == 0 || column is ConstantColumn or NullColumn || column.Validity.IsAllSet)
        {
            var isNull = length > 0 && column.IsNull(0);
            return new ConstantColumn(new BooleanColumn(Type, 1, new Bitmap(new[] { isNull != isNot ? (byte)1 : (byte)0 }, 0)), length);
        }

        if (isNot)
        {
            return new BooleanColumn(Type, length, column.Validity);
        }

        var bytes = column.Validity.ToBytes(length);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)~bytes[i];
        }

        return new BooleanColumn(Type, length, new Bitmap(bytes, 0));
    }
}

/// <summary>IS [NOT] DISTINCT FROM, from an equality and the NULLs of its sides.</summary>
internal sealed class DistinctKernel(DataType type, SharedExpression left, SharedExpression right, IBatchExpression equal, bool isNot) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var length = input.ColumnLength;
        var a = left.Begin(input);
        var b = right.Begin(input);
        var leftNull = new NullReader(a);
        var rightNull = new NullReader(b);
        var same = TruthBits.Of(equal.Evaluate(input)).IsTrue;
        if (a.HasNulls && b.HasNulls)
        {
            for (var i = 0; i < length; i++)
            {
                if (leftNull[i] && rightNull[i])
                {
                    same[i >> 6] |= 1UL << (i & 63);
                }
            }
        }

        left.End();
        right.End();
        for (var i = 0; !isNot && i < same.Length; i++)
        {
            same[i] = ~same[i];
        }

        return new BooleanColumn(Type, length, new Bitmap(ArrayMemory<ulong>.Of(same), 0));
    }
}
