using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Spec;

public sealed class BoundCodecTests
{
    private static readonly Gen<(IcebergType Type, object Value)> Values = Gen.OneOf(
        Gen.Bool.Select(v => (IcebergTypes.Boolean, (object)v)),
        Gen.Int.Select(v => (IcebergTypes.Int, (object)v)),
        Gen.Int[-700_000, 2_900_000].Select(v => (IcebergTypes.Date, (object)v)),
        Gen.Long.Select(v => (IcebergTypes.Long, (object)v)),
        Gen.Long[0, 86_399_999_999].Select(v => (IcebergTypes.Time, (object)v)),
        Gen.Long[-60_000_000_000_000_000, 250_000_000_000_000_000].Select(v => (IcebergTypes.Timestamp, (object)v)),
        Gen.Long[-60_000_000_000_000_000, 250_000_000_000_000_000].Select(v => (IcebergTypes.TimestampTz, (object)v)),
        Gen.Long.Select(v => (IcebergTypes.TimestampNs, (object)v)),
        Gen.Long.Select(v => (IcebergTypes.TimestampTzNs, (object)v)),
        Gen.Float.Where(v => !float.IsNaN(v)).Select(v => (IcebergTypes.Float, (object)v)),
        Gen.Double.Where(v => !double.IsNaN(v)).Select(v => (IcebergTypes.Double, (object)v)),
        Gen.Select(Gen.Long, Gen.Int[1, 1_000_000_000], Gen.Int[0, 38]).Select((a, b, s) => ((IcebergType)new IcebergType.Decimal(38, s), (object)((Int128)a * b))),
        Gen.String.Where(s => !s.Any(char.IsSurrogate)).Select(v => (IcebergTypes.String, (object)v)),
        Gen.Byte.Array[16].Select(v => (IcebergTypes.Uuid, (object)v)),
        Gen.Byte.Array[5].Select(v => ((IcebergType)new IcebergType.Fixed(5), (object)v)),
        Gen.Byte.Array.Select(v => (IcebergTypes.Binary, (object)v)));

    [Fact]
    public void What_is_encoded_is_decoded() =>
        Values.Sample((type, value) => new PartitionTuple(value).Equals(new PartitionTuple(BoundCodec.Decode(type, BoundCodec.Encode(type, value)!))), iter: 20_000);

    [Fact]
    public void What_is_printed_is_parsed() =>
        Values.Where(v => v.Type is not (IcebergType.Boolean or IcebergType.Int or IcebergType.Long or IcebergType.Float or IcebergType.Double))
            .Sample((type, value) => new PartitionTuple(value).Equals(new PartitionTuple(SingleValueText.Parse(type, SingleValueText.Format(type, value)))), iter: 20_000);

    [Theory]
    [InlineData("0", "00")]
    [InlineData("127", "7f")]
    [InlineData("128", "0080")]
    [InlineData("-1", "ff")]
    [InlineData("-128", "80")]
    [InlineData("-129", "ff7f")]
    [InlineData("1420", "058c")]
    [InlineData("-99999999999999999999999999999999999999", "b4c4b357a5793b85f675ddc000000001")]
    public void Decimals_are_the_shortest_big_endian_bytes(string unscaled, string hex) =>
        Assert.Equal(hex, Convert.ToHexStringLower(BoundCodec.EncodeUnscaled(Int128.Parse(unscaled, System.Globalization.CultureInfo.InvariantCulture))));

    [Fact]
    public void Bounds_of_narrower_types_are_widened()
    {
        var four = BoundCodec.Encode(IcebergTypes.Int, -5)!;

        Assert.Equal(-5L, BoundCodec.Decode(IcebergTypes.Long, four));
        Assert.Equal(1.5, BoundCodec.Decode(IcebergTypes.Double, BoundCodec.Encode(IcebergTypes.Float, 1.5f)));
        Assert.Equal(-5 * 86_400_000_000L, BoundCodec.Decode(IcebergTypes.Timestamp, four));
        Assert.Equal(-5 * 86_400_000_000_000L, BoundCodec.Decode(IcebergTypes.TimestampNs, four));
    }

    [Fact]
    public void A_bound_of_the_wrong_length_is_corrupt()
    {
        var error = Assert.Throws<ArcticException>(() => BoundCodec.Decode(IcebergTypes.Int, new byte[8]));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
    }

    [Fact]
    public void Partition_tuples_tell_the_zeros_apart_and_hold_all_NaNs_equal()
    {
        var nan = BitConverter.Int64BitsToDouble(0x7FF8000000000001);

        Assert.NotEqual(new PartitionTuple(0.0), new PartitionTuple(-0.0));
        Assert.Equal(new PartitionTuple(double.NaN), new PartitionTuple(nan));
        Assert.Equal(new PartitionTuple(double.NaN).GetHashCode(), new PartitionTuple(nan).GetHashCode());
        Assert.Equal(new PartitionTuple(new byte[] { 1, 2 }, null), new PartitionTuple(new byte[] { 1, 2 }, null));
        Assert.NotEqual(new PartitionTuple(1), new PartitionTuple(1L));
    }

    [Fact]
    public void Texts_are_ordered_by_their_utf8_bytes() =>
        Gen.Select(Gen.String, Gen.String).Where((a, b) => IsWellFormed(a) && IsWellFormed(b)).Sample(
            (a, b) => Math.Sign(ValueOrder.Compare(a, b)) == Math.Sign(System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b))));

    [Fact]
    public void A_supplementary_character_follows_the_last_of_the_basic_plane() => Assert.True(ValueOrder.Compare("\U0001F600", "\uFFFD") > 0);

    private static bool IsWellFormed(string text)
    {
        try
        {
            new System.Text.UTF8Encoding(false, true).GetBytes(text);
            return true;
        }
        catch (System.Text.EncoderFallbackException)
        {
            return false;
        }
    }
}
