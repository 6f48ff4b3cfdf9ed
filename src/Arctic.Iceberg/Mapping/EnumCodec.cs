using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;

namespace Arctic.Iceberg.Mapping;

/// <summary>Enums as their numbers: an array of an enum is one of its underlying type.</summary>
internal sealed class EnumCodec<TEnum, TNumber>(ValueCodec<TNumber> numbers) : ValueCodec<TEnum>
    where TEnum : struct, Enum
    where TNumber : struct
{
    public override Column Encode(TEnum[] values, int count) => numbers.Encode(Unsafe.As<TNumber[]>(values), count);

    public override void Decode(Column column, TEnum[] values) => numbers.Decode(column, Unsafe.As<TNumber[]>(values));
}
