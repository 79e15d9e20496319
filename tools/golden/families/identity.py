"""Layers that do nothing, or the same to every image, when predicting."""

from case import Case
from keras import layers

IMAGE = (6, 5, 3)


def image_case(name, layer):
    return Case(name, layer, shape=IMAGE, mean=128.0, scale=40.0)


CASES = [
    Case("identity", layers.Identity(), shape=(3, 4)),
    Case("dropout", layers.Dropout(0.5), shape=(6,)),
    Case("dropout_noise_shape", layers.Dropout(0.3, noise_shape=(None, 1, 4)), shape=(3, 4)),
    Case("spatial_dropout1d", layers.SpatialDropout1D(0.4), shape=(4, 3)),
    Case("spatial_dropout2d", layers.SpatialDropout2D(0.4), shape=(3, 4, 2)),
    Case("spatial_dropout3d", layers.SpatialDropout3D(0.4), shape=(2, 3, 2, 2)),
    Case("alpha_dropout", layers.AlphaDropout(0.4), shape=(6,)),
    Case("gaussian_dropout", layers.GaussianDropout(0.4), shape=(6,)),
    Case("gaussian_noise", layers.GaussianNoise(0.7), shape=(6,)),
    Case("activity_regularization", layers.ActivityRegularization(l1=0.1, l2=0.2), shape=(6,)),
    Case(
        "dropout_between",
        lambda x: layers.Dense(3)(layers.Dropout(0.2)(layers.Dense(5)(x))),
        shape=(4,),
    ),
    image_case("random_flip", layers.RandomFlip("horizontal_and_vertical")),
    image_case("random_rotation", layers.RandomRotation(0.2)),
    image_case("random_zoom", layers.RandomZoom(0.3)),
    image_case("random_zoom_each_axis", layers.RandomZoom((-0.2, 0.3), (-0.1, 0.2))),
    image_case("random_translation", layers.RandomTranslation(0.2, 0.3)),
    image_case("random_contrast", layers.RandomContrast(0.4)),
    image_case("random_brightness", layers.RandomBrightness(0.3)),
    image_case("random_hue", layers.RandomHue(0.2)),
    image_case("random_saturation", layers.RandomSaturation(0.3)),
    image_case("random_sharpness", layers.RandomSharpness(0.3)),
    image_case("random_color_jitter", layers.RandomColorJitter(brightness_factor=0.2)),
    image_case("random_color_degeneration", layers.RandomColorDegeneration(0.3)),
    image_case("random_grayscale", layers.RandomGrayscale(0.5)),
    image_case("random_invert", layers.RandomInvert(0.5)),
    image_case("random_posterization", layers.RandomPosterization(4)),
    image_case("random_perspective", layers.RandomPerspective(0.5)),
    image_case("random_gaussian_blur", layers.RandomGaussianBlur(0.5)),
    image_case("random_elastic_transform", layers.RandomElasticTransform(0.5)),
    image_case("random_erasing", layers.RandomErasing(0.5)),
    image_case("auto_contrast", layers.AutoContrast()),
    image_case("solarization", layers.Solarization()),
    image_case("rand_augment", layers.RandAugment()),
    image_case("aug_mix", layers.AugMix()),
    image_case("cut_mix", layers.CutMix()),
    image_case("mix_up", layers.MixUp()),
    image_case("random_crop", layers.RandomCrop(4, 3)),
    image_case("random_crop_resizes", layers.RandomCrop(8, 9)),
    image_case("random_crop_wider", layers.RandomCrop(3, 7)),
    image_case("random_crop_same", layers.RandomCrop(6, 5)),
]
